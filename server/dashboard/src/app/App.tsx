/** Asks who is signed in, then shows the page the address names. Each page is loaded when it is first opened. */
import { ErrorBoundary, LocationProvider, Route, Router, useLocation } from 'preact-iso'
import type { Account } from '../../../contract/account.ts'
import { ProblemNote, Waiting } from '../components/Loading.tsx'
import { Page } from '../components/Page.tsx'
import { AccountContext } from './account.ts'
import { get, resume } from './api.ts'
import { lazyPage } from './lazy-page.ts'
import { useLoad } from './load.ts'
import { SessionEnded } from './SessionEnded.tsx'
import { Shell } from './Shell.tsx'
import { Toasts } from './toasts.tsx'

const Now = lazyPage(() => import('../pages/now/Now.tsx'))
const Alerts = lazyPage(() => import('../pages/alerts/Alerts.tsx'))
const AlertPage = lazyPage(() => import('../pages/alerts/AlertPage.tsx'))
const Events = lazyPage(() => import('../pages/events/Events.tsx'))
const EventPage = lazyPage(() => import('../pages/events/EventPage.tsx'))
const Votes = lazyPage(() => import('../pages/votes/Votes.tsx'))
const VotePage = lazyPage(() => import('../pages/votes/VotePage.tsx'))
const CohortPage = lazyPage(() => import('../pages/votes/CohortPage.tsx'))
const Board = lazyPage(() => import('../pages/board/Board.tsx'))
const Pictures = lazyPage(() => import('../pages/pictures/Pictures.tsx'))
const Settings = lazyPage(() => import('../pages/settings/Settings.tsx'))

export function App() {
  return (
    <LocationProvider scope="/dashboard">
      <SignedIn />
      <SessionEnded />
      <Toasts />
    </LocationProvider>
  )
}

function SignedIn() {
  const account = useLoad(async (signal) => {
    const answer = await get<Account>('/operator/v1/account', {}, signal)
    // It opens nothing but the choice of another.
    if (answer.passwordIsTemporary) location.assign('/dashboard/sign-in')
    resume(answer)
    return answer
  }, [])
  if (account.data === undefined) return <main class="main">{account.problem === undefined ? account.slow && <Waiting /> : <ProblemNote problem={account.problem} retry={account.reload} />}</main>
  return (
    <AccountContext.Provider value={account.data}>
      <Shell><Pages /></Shell>
    </AccountContext.Provider>
  )
}

function Pages() {
  return (
    <ErrorBoundary onError={(error) => console.error(error)}>
      <Router onRouteChange={() => document.getElementById('main')?.focus({ preventScroll: true })}>
        <Route path="/dashboard" component={Now} />
        <Route path="/dashboard/alerts" component={Alerts} />
        <Route path="/dashboard/alerts/:id" component={AlertPage} />
        <Route path="/dashboard/events" component={Events} />
        <Route path="/dashboard/events/:id" component={EventPage} />
        <Route path="/dashboard/votes" component={Votes} />
        <Route path="/dashboard/votes/:id" component={VotePage} />
        <Route path="/dashboard/cohorts/:id" component={CohortPage} />
        <Route path="/dashboard/board" component={Board} />
        <Route path="/dashboard/pictures" component={Pictures} />
        <Route path="/dashboard/settings" component={Settings} />
        <Route path="/dashboard/settings/:section" component={Settings} />
        <Route default component={Lost} />
      </Router>
    </ErrorBoundary>
  )
}

function Lost() {
  const { path } = useLocation()
  return <Page title="There is no such page"><p>Nothing is at <code>{path}</code>. <a href="/dashboard/">To what happens now</a></p></Page>
}
