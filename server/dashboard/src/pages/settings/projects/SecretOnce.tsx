import { Copy } from '../../../components/Copy.tsx'
import { Facts } from '../../../components/Page.tsx'
import { ShownOnce } from '../../../components/ShownOnce.tsx'

/** An identity secret in the one moment in which it is known. */
export const SecretOnce = ({ title, kid, secret, onClose }: { title: string; kid: string; secret: string; onClose: () => void }) => (
  <ShownOnce title={title} secret={secret} onClose={onClose}>
    <p>Keep it on your server: whoever has it can sign in as any of your users.</p>
    <Facts facts={[['Key id (kid)', <Copy key="kid" text={kid} label="Copy the key id" />]]} />
  </ShownOnce>
)
