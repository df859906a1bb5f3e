import { configDefaults, defineConfig } from 'vitest/config'
import { ClosingLine } from './test/closing-line.ts'

// The database server is started by the first project that asks for it; `--project unit` runs without one.
const globalSetup = ['test/global-setup.ts']

export default defineConfig({
  // Widget sources are JSX for Preact; the server's have none.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    exclude: [...configDefaults.exclude, '**/dist/**', '.truetally/**'],
    reporters: ['default', new ClosingLine()],
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{server,db,demo-site}/**/*.test.ts', 'widget/**/*.test.{ts,tsx}'],
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/{db,http,build,watch,attacks}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/attacks/browsers/**'],
          globalSetup,
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/{e2e,attacks/browsers}/**/*.test.ts'],
          globalSetup,
          // One browser at a time, after everything else: two cores make timing-sensitive input flaky otherwise.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
})
