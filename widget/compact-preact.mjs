/**
 * A Rollup plugin: compiles Preact from its source, without what this widget has no use for: hydration, Suspense, portals,
 * SVG, MathML, HTML from strings, class components and their life cycle, context, and the hooks that other Preact packages
 * hang in. It takes 1.9 of 4.3 KB (gzip) off `widget.js`, and Preact's only `innerHTML` with them.
 *
 * No logic is rewritten: each expression below asks whether something is in use that never is here (the root is always empty
 * at first, every component is a function without hooks), so it becomes `false`, which is what it comes to anyway, and the
 * minifier removes what depends on it. Where an upgrade of Preact no longer contains one, the build stops: look then
 * whether the feature has moved, and whether it is still unused.
 */
import { fileURLToPath } from 'node:url'

const preact = (path) => fileURLToPath(new URL(`../node_modules/preact/${path}`, import.meta.url))

const UNUSED = {
  'src/render.js': ['options._root', 'parentDom.nodeType == 9', 'vnode && vnode._flags & MODE_HYDRATE', 'parentDom.firstChild'],
  'src/create-element.js': ['options.vnode'],
  'src/component.js': ['vnode.props._parentDom'],
  // No class, no error boundary.
  'src/diff/catch-error.js': ['(vnode = vnode._parent)'],
  'src/diff/props.js': [
    'options.event', "name == 'style'", "name == 'popover'", 'namespace == SVG_NAMESPACE', "typeof value == 'function'",
    "name != (name = name.replace(CAPTURE_REGEX, '$1'))",
  ],
  'src/diff/children.js': [
    'oldVNode._flags & REF_DETACHED', 'parentVNode.props._parentDom', 'childVNode.constructor === String',
    'next.nodeType == 8', 'oldDom.nodeType == 8',
  ],
  'src/diff/index.js': [
    '(tmp = options._diff)', '(tmp = options.diffed)', 'options._commit', 'options.unmount', 'renderHook',
    'oldVNode._flags & MODE_SUSPENDED', 'isHydrating', 'excessDomChildren', 'resumed', 'e && e.then', '(r = r._excess)',
    'newProps._parentDom', 'vnode.props._parentDom', 'newProps.is', '(tmp = newType.prototype)', 'isClassComponent',
    'newType.contextType', 'tmp && globalContext[tmp._id]', 'provider', 'c.getChildContext', 'c.shouldComponentUpdate',
    'c.componentWillUpdate', 'r.componentWillUnmount', 'c._renderCallbacks.length', 'c._bits & COMPONENT_PENDING_ERROR',
    'c._bits & COMPONENT_PROCESSING_EXCEPTION', 'c._bits & COMPONENT_DIRTY', "i == 'dangerouslySetInnerHTML'", 'oldHtml',
    "nodeType == 'svg'", "nodeType == 'math'", 'namespace == MATH_NAMESPACE', "nodeType == 'foreignObject'",
    "nodeType == 'progress'", "nodeType == 'template'", "nodeType == 'textarea'",
    "i == 'value' && 'defaultValue' in newProps", "i == 'checked' && 'defaultChecked' in newProps",
  ],
  'jsx-runtime/src/index.js': ['options.vnode', '__source || __self'],
}

/** Reads of the expression: not where it is declared, assigned, called, or handed on as one of several arguments. */
function readsOf(expression) {
  const text = expression.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?<![\\w.]|\\b(?:let|const) )${text}(?![\\w(]|\\s*=[^=]|\\s*,)`, 'g')
}

export const compactPreact = {
  name: 'compact-preact',
  resolveId(id) {
    if (id === 'preact') return preact('src/index.js')
    return id === 'preact/jsx-runtime' ? preact('jsx-runtime/src/index.js') : null
  },
  transform(code, id) {
    const file = Object.keys(UNUSED).find((path) => id === preact(path))
    if (!file) return null
    for (const expression of UNUSED[file]) {
      const reads = readsOf(expression)
      if (!reads.test(code)) throw new Error(`Preact has changed: ${file} no longer reads ${expression}`)
      code = code.replace(reads, 'false')
    }
    // No component inherits the methods of the base class: unattached, they are dead code.
    return { code: code.replaceAll('BaseComponent.prototype.', 'const unused_'), map: null }
  },
}
