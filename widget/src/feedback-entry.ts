/** The lazy script `feedback.js`: the feedback form with its words and its look, for `lazy-form.ts` to show. */
import { createFeedbackForm } from './components/FeedbackForm.tsx'
import styles from './feedback.css'
import { pageRegistry } from './lazy-script.ts'
import { feedback } from './messages/feedback.ts'

pageRegistry().feedback = { create: createFeedbackForm, messages: feedback, styles }
