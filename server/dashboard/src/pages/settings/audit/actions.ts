/** What people call the verbs of the audit log. A test holds the list to the server’s sources. */
export const ACTIONS: Readonly<Record<string, string>> = {
  'account.sign-in': 'Signed in',
  'account.sign-out': 'Signed out',
  'account.sign-out-everywhere': 'Signed out everywhere',
  'account.change-password': 'Changed their password',
  'account.enable-totp': 'Set up a second factor',
  'account.disable-totp': 'Took their second factor away',
  'alert.acknowledge': 'Acknowledged an alert',
  'alert.dispose': 'Said what an alert was',
  'alert.escalate': 'Escalated an alert',
  'alert.note': 'Wrote a note on an alert',
  'block.create': 'Blocked a source',
  'block.lift': 'Lifted a block',
  'channel.create': 'Made a channel',
  'channel.update': 'Changed a channel',
  'channel.disable': 'Stopped using a channel',
  'channel.test': 'Sent a test message',
  'cohort.invalidate': 'Invalidated a cohort',
  'cohort.lift': 'Lifted a cohort',
  'event.escalate': 'Escalated an event',
  'event.mark': 'Marked events',
  'feedback.update': 'Moderated feedback',
  'feedback.make-item': 'Made an item of feedback',
  'identity-secret.rotate': 'Rotated an identity secret',
  'identity-secret.end': 'Ended an identity secret',
  'invalidation.undo': 'Undid an invalidation, a hold or a release',
  'item.create': 'Added an item',
  'item.update': 'Changed an item',
  'item.order': 'Put items in another order',
  'item.merge': 'Merged items',
  'merge.undo': 'Undid a merge',
  'notification.retry': 'Sent a message again',
  'operator.create': 'Made an account',
  'operator.update': 'Changed an account',
  'project.create': 'Made a project',
  'project.update': 'Changed a project',
  'response.undo': 'Took back a response',
  'rule.mode': 'Set a rule’s mode',
  'settings.update': 'Changed the settings',
  'silence.create': 'Silenced alerts',
  'silence.end': 'Ended a silence',
  'source.allow': 'Allowed a source',
  'source.disallow': 'No longer allowed a source',
  'spike.expect': 'Expected a crowd',
  'spike.end': 'Ended an expected crowd',
  'token.create': 'Made a token',
  'token.revoke': 'Revoked a token',
  'view.save': 'Saved a view',
  'view.delete': 'Deleted a saved view',
  'vote.hold': 'Held votes back',
  'vote.invalidate': 'Invalidated votes',
  'vote.release': 'Released votes',
}

/** An action of a later version is shown by its own name. */
export const actionWords = (action: string): string => ACTIONS[action] ?? action

/** What it was done to, as a word before its id: `item 3`. Nothing where the target says it itself: `account:2`, `events by filter`. */
export function subjectOf(action: string, target: string): string {
  const subject = (action.split('.')[0] ?? '').replaceAll('-', ' ')
  return target.includes(':') || target.startsWith(subject) ? '' : `${subject} `
}
