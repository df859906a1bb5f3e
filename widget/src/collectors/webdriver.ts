import type { Collector } from '../facts.ts'

/** What the browser itself says about being remote-controlled. */
export const webdriver: Collector<boolean> = () => navigator.webdriver
