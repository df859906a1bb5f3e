import type { Collector } from '../facts.ts'

/**
 * Whether `navigator` says something else in a worker than in the page: a forger who patches the page forgets the worker.
 * Absent where no worker has run. A property only one of them has is no contradiction.
 */
export const workerMismatch: Collector<boolean> = ({ worker }) => {
  const page = navigator as unknown as Readonly<Record<string, unknown>>
  return worker && Object.entries(worker).some(
    ([name, said]) => said !== undefined && page[name] !== undefined && String(said) !== String(page[name]),
  )
}
