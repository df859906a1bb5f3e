/** What the feedback form says, in English. It comes with `feedback.js`; a host may replace it before that. */
import type { Message } from './en.ts'

export const feedback = {
  feedbackKind: 'What is it?',
  kind_idea: 'Idea',
  kind_bug: 'Bug',
  kind_praise: 'Praise',
  kind_other: 'Other',
  feedbackTitle: 'In one line',
  feedbackBody: 'Details',
  feedbackEmail: 'Email, if you want an answer',
  optional: 'optional',
  send: 'Send',
  sending: 'Sending…',
  cancel: 'Cancel',
  done: 'Done',
  feedbackSent: 'Thank you. Your feedback is with the team.',
  feedbackMore: 'Send another',
  feedbackNotSent: 'Your feedback was not sent. Your text is still here.',
  titleMissing: 'Please say in one line what it is about.',
  emailInvalid: 'Please enter an address like name@example.com, or leave this empty.',
} as const satisfies Record<string, Message>
