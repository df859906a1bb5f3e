/** `GET …/watch-settings`: how soon an alert of each severity is to be answered, and what happens when nobody does. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { WatchSettings } from '../../contract/watch-settings.ts'
import { refusals } from '../refusals.ts'

const watchSettings: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/watch-settings',
    {
      schema: {
        tags: ['security'],
        summary: 'How soon alerts are to be answered, and what happens when nobody does',
        description: 'As the settings file of this node says (WATCH_SETTINGS), or as shipped.',
        response: { 200: WatchSettings, ...refusals(400, 401, 403, 429, 503) },
      },
    },
    async () => app.alerts.settings,
  )
}
export default watchSettings
