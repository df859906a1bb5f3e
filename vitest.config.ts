import { configDefaults, defineConfig } from 'vitest/config'
import { ClosingLine } from './test/closing-line.ts'

// The database server is started by the first project that asks for it; `--project unit` runs without one.
const globalSetup = ['test/global-setup.ts']
/** They take all of the machine: alone, and when everything else has been tested. */
const load = ['test/http/{bench,soak}-short.test.ts']

export default defineConfig({
  // Widget sources are JSX for Preact; the server's have none.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    exclude: [...configDefaults.exclude, '**/dist/**', '.truetally/**'],
    reporters: ['default', new ClosingLine()],
    restoreMocks: true,
    // Waits end when what they wait for is there; how long that takes is the machine’s affair.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{server,db,demo-site}/**/*.test.ts', 'widget/**/*.test.{ts,tsx}'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/{db,http,build,watch,attacks}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/attacks/browsers/**', ...load],
          globalSetup,
          testTimeout: 300_000,
          hookTimeout: 300_000,
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
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: { name: 'load', include: load, globalSetup, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
})
