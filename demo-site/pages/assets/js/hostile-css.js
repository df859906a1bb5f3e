/** Lets a person compare: the same page with and without the hostile stylesheet. */
const button = document.querySelector('[data-toggle-hostile]')
const stylesheet = document.querySelector('#hostile-stylesheet')

button.addEventListener('click', () => {
  stylesheet.disabled = !stylesheet.disabled
  button.setAttribute('aria-pressed', String(!stylesheet.disabled))
  button.textContent = `Hostile stylesheet: ${stylesheet.disabled ? 'off' : 'on'}`
})
