/**
 * uPlot makes a number format for `navigator.language` when it is loaded. A Chromium under LANG=C says `en-US@posix` there, which is no
 * language tag: the module fails, and no chart is drawn. The charts bring their own formats, so any valid tag will do.
 */
const READS = 'domEnv ? nav.language : '

/** A rollup plugin. */
export const plotLanguage = {
  name: 'plot-language',
  transform(code, id) {
    if (!id.endsWith('/uplot/dist/uPlot.esm.js')) return null
    if (!code.includes(READS)) throw new Error('uPlot no longer reads the language where it did: see whether this is still needed')
    return { code: code.replace(READS, ''), map: null }
  },
}
