/** The app. Its files are served to whoever is signed in only. */
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/pieces.css'
import './styles/table.css'
import './styles/shell.css'
import { render } from 'preact'
import { App } from './app/App.tsx'
import { applyTheme } from './app/theme.ts'

applyTheme()
const place = document.getElementById('app')
if (place !== null) render(<App />, place)
