import type { View } from './view.ts'

/** Where the feedback form goes; until its script has run, what there is to know about that. */
export function FormPlace({ view: { Form, lazyForm: { failed, load }, translate } }: { view: View }) {
  return (
    // It holds the focus while what it shows changes, and hands it to the form.
    <div tabIndex={-1}>
      {Form ? <Form /> : (
        <div class="state">
          <output>{translate(failed ? 'formFailed' : 'formLoading')}</output>
          {failed && (
            <button
              type="button"
              class="solid"
              onClick={(event) => {
                event.currentTarget.closest<HTMLElement>('[tabindex]')?.focus()
                load()
              }}
            >
              {translate('retry')}
            </button>
          )}
        </div>
      )}
    </div>
  )
}
