export {
  acceptLink,
  confirmAppointment,
  endAppointment,
  hasStaffRole,
  proposeAppointment,
  viewAppointments,
  type StaffDeps,
} from './appointments.ts';
export { authorityName } from './appointment-pages.tsx';
export {
  actAsStaff,
  lookAsStaff,
  type StaffActing,
  type StaffPermitted,
  type StaffRefused,
} from './acting.ts';
export { proposeFirstOperator, type FirstOperator } from './first-operator.ts';
export { createStaffTasks } from './jobs.ts';
export { createStaffPages } from './pages.tsx';
export { createPlaceRolePages } from './place-role-pages.tsx';
export { checkerPath, decideStaff } from './rules.ts';
export { vendorOf } from './vendors.ts';
export { vendorsPath as staffVendorsPath } from './vendor-pages.tsx';
export { refusedStaffPage, withStaff } from './web.tsx';
