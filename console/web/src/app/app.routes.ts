import { inject } from '@angular/core';
import { CanActivateFn, Router, Routes } from '@angular/router';

import { Role, Session } from './session/session';

/** signedIn sends whoever has no session to the sign-in, and back afterwards. */
const signedIn: CanActivateFn = (_, state) =>
  inject(Session).current().signedIn || inject(Router).createUrlTree(['/sign-in'], { queryParams: { to: state.url } });

/** as keeps pages to the roles that the API answers there. */
const as =
  (...roles: Role[]): CanActivateFn =>
  () =>
    inject(Session).has(...roles) || inject(Router).createUrlTree(['/']);

const home: CanActivateFn = () => inject(Router).createUrlTree([inject(Session).home()]);

export const routes: Routes = [
  { path: 'sign-in', title: $localize`Sign in`, loadComponent: () => import('./session/sign-in').then((m) => m.SignIn) },
  {
    path: '',
    canActivateChild: [signedIn],
    children: [
      { path: '', pathMatch: 'full', canActivate: [home], children: [] },
      {
        path: 'fleet',
        title: $localize`Fleet`,
        canActivate: [as('manufacturer', 'dealer', 'operator')],
        loadComponent: () => import('./fleet/fleet').then((m) => m.Fleet),
      },
      { path: 'cars', title: $localize`My cars`, canActivate: [as('driver')], loadComponent: () => import('./cars/my-cars').then((m) => m.MyCars) },
      { path: 'vehicles', title: $localize`Vehicles`, loadComponent: () => import('./vehicles/vehicle-list').then((m) => m.VehicleList) },
      { path: 'vehicles/:vin', title: $localize`Vehicle`, loadComponent: () => import('./vehicle/vehicle-page').then((m) => m.VehiclePage) },
      { path: 'alerts', title: $localize`Alerts`, loadComponent: () => import('./alerts/alert-inbox').then((m) => m.AlertInbox) },
      {
        path: 'worklist',
        title: $localize`Worklist`,
        canActivate: [as('dealer')],
        loadComponent: () => import('./worklist/worklist').then((m) => m.Worklist),
      },
      {
        path: 'devices',
        title: $localize`Devices`,
        canActivate: [as('manufacturer', 'operator')],
        loadComponent: () => import('./devices/devices').then((m) => m.Devices),
      },
      { path: 'preferences', title: $localize`Preferences`, loadComponent: () => import('./preferences/preferences').then((m) => m.Preferences) },
      { path: 'no-role', title: $localize`No role`, loadComponent: () => import('./session/no-role').then((m) => m.NoRole) },
      { path: '**', title: $localize`Not found`, loadComponent: () => import('./ui/not-found').then((m) => m.NotFound) },
    ],
  },
];
