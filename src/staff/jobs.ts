import type { Task } from '../jobs/index.ts';
import { type StaffDeps, tellOfAppointment, tellOfAppointmentTask } from './appointments.ts';
import { beginBars, beginBarsTask, tellOfBar, tellOfBarTask } from './bars.ts';

/** The tasks that tell people of appointments and bars, after what caused them has committed, and that begin bars in time. */
export function createStaffTasks(deps: Pick<StaffDeps, 'database' | 'notify'>): Task[] {
  return [
    { name: tellOfAppointmentTask, run: (payload) => tellOfAppointment(deps, payload) },
    { name: beginBarsTask, cron: '* * * * *', run: () => beginBars(deps) },
    { name: tellOfBarTask, run: (payload) => tellOfBar(deps, payload) },
  ];
}
