/**
 * The hole: a file server that can be talked out of its folder, or that falls over where it refuses; a backslash was a 500
 * and a stack in the log for each request.
 * Here: there is nothing, and nothing went wrong.
 */
import { afterAll, beforeAll, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { expectProblem } from '../helpers/visitor.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

test.each([
  '/docs/static/..%5c..%5cpackage.json', '/docs/static/..%2f..%2fpackage.json', '/docs/static/%2e%2e/%2e%2e/package.json',
  '/docs/static/%00', '/docs/static//etc/passwd', '/widget/0.0.0-test/..%2f..%2fserver%2fmain.js', '/widget/0.0.0-test/..%5c..%5cserver',
])('%s is nothing', async (url) => expectProblem(await app.app.inject({ url }), 404, 'not_found'))
