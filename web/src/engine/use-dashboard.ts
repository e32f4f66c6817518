import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { DashboardState, DashboardStore } from './dashboard-store.ts';
import type { EngineLink } from './engine-link.ts';

export type Dashboard = { readonly store: DashboardStore; readonly link: EngineLink };

/** What `main.tsx` put together, for every part of the page. */
export const DashboardContext = createContext<Dashboard | undefined>(undefined);

/** Renders again when what `select` returns is another value. */
export function useDashboard<T>(select: (state: DashboardState) => T): T {
  return useStore(useParts().store, select);
}

export function useLink(): EngineLink {
  return useParts().link;
}

export function useSelect(): (account: string | undefined) => void {
  const { store } = useParts();
  return (selected) => store.setState({ selected });
}

function useParts(): Dashboard {
  const dashboard = useContext(DashboardContext);
  if (dashboard === undefined)
    throw new Error('the page was rendered outside its DashboardContext');
  return dashboard;
}
