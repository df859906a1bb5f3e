/** What rules did by themselves, across alerts. */
import { useView, useProject } from '../../app/query.ts'
import { get } from '../../app/api.ts'
import { usePages } from '../../app/load.ts'
import { SelectField } from '../../components/Field.tsx'
import { Panel } from '../../components/Page.tsx'
import { ResponseTable } from './ResponseTable.tsx'
import type { ResponseList } from './wire.ts'

export function Responses() {
  const { query, set } = useView()
  const { project } = useProject()
  const standing = query['standing'] === 'false' ? false : query['standing'] === 'all' ? undefined : true
  const responses = usePages(async (cursor, signal) => {
    const { responses: rows, nextCursor } = await get<ResponseList>('/moderation/v1/responses', { project, standing, cursor, limit: 50 }, signal)
    return { rows, nextCursor }
  }, [project, standing])
  return (
    <>
      <div class="filters one"><SelectField label="Shown" any={null} value={query['standing'] ?? 'true'} options={[['true', 'those that stand'], ['false', 'those that have ended'], ['all', 'all']]} onChange={(value) => set({ standing: value === 'true' ? null : value })} /></div>
      <Panel flush>
        <ResponseTable {...responses} withAlert empty={standing === true ? 'Nothing that rules did stands now.' : 'There are none.'}
          onUndone={(response) => responses.replace((rows) => rows.flatMap((row) => (row.id !== response.id ? [row] : standing === true ? [] : [response])))} />
      </Panel>
    </>
  )
}
