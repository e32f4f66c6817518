import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { socketPath } from '../../src/protocol/message.ts';
import { createDashboardStore } from './engine/dashboard-store.ts';
import { EngineLink } from './engine/engine-link.ts';
import { takeToken } from './engine/token-storage.ts';
import { DashboardContext } from './engine/use-dashboard.ts';
import { App } from './view/app.tsx';
import './theme.css';

const store = createDashboardStore();
const url = new URL(socketPath, window.location.href);
url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
const link = new EngineLink(url.href, store);

const token = takeToken();
if (token === undefined) link.signOut();
else link.signIn(token);
window.addEventListener('online', () => link.retry());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') link.retry();
});

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <DashboardContext value={{ store, link }}>
        <App />
      </DashboardContext>
    </StrictMode>,
  );
}
