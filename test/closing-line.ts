/**
 * Ends a run with one line a person or a script can read: `12 passed, 0 failed`, with `, 1 skipped` when there is one.
 *
 * A test file that cannot be loaded, a failing hook, an error outside any test and a test that never finished each count as
 * failed, so the line never says 0 failed of a run that failed.
 */
import { writeSync } from 'node:fs'
import type { Reporter, TestModule, TestRunEndReason, Vitest } from 'vitest/node'

export class ClosingLine implements Reporter {
  // Until a run ends, it has failed: the global setup may throw before any test.
  #line = '0 passed, 1 failed'

  onInit(vitest: Vitest): void {
    // At exit, because teardown and other reporters may still print after the run.
    if (vitest.config.watch) return
    process.once('exit', () => {
      writeSync(1, `${this.#line}\n`)
    })
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[], reason: TestRunEndReason): void {
    let [passed, failed, skipped] = [0, unhandledErrors.length, 0]
    for (const module of modules) {
      failed += module.errors().length > 0 ? 1 : 0
      for (const suite of module.children.allSuites()) failed += suite.errors().length > 0 ? 1 : 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed += 1
        else if (state === 'skipped') skipped += 1
        else failed += 1
      }
    }
    if (reason !== 'passed' && failed === 0) failed = 1
    this.#line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  }
}
