/** The sign-in page: its few files are all that is served to somebody who is not signed in. */
import '../styles/tokens.css'
import '../styles/base.css'
import '../styles/controls.css'
import '../styles/pieces.css'
import './sign-in.css'
import { render } from 'preact'
import { applyTheme } from '../app/theme.ts'
import { SignIn } from './SignIn.tsx'

applyTheme()
const place = document.getElementById('app')
if (place !== null) render(<SignIn />, place)
