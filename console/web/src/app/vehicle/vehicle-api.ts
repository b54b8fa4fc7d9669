import { Injectable, inject } from '@angular/core';

import { Api } from '../contract/api';
import {
  acknowledgeDiagnostic,
  clearDiagnostic,
  getTelemetry,
  getTrip,
  getVehicle,
  issueClaimCode,
  listCertificates,
  listDiagnostics,
  listHealthReports,
  listTrips,
  listVehicleAlerts,
  requestHealthReport,
  revokeCertificate,
  sendCommand,
  updateShadow,
} from '../contract/functions';
import { AlertPage, Certificate, CertificatePage, ClaimCode, Command, Fault, FaultPage, HealthReport, HealthReportPage, NewCommand, Sample, Shadow, Trip, TripPage, Vehicle } from '../contract/models';

/** mostSamplePages bounds what a chart reads of a history: 4,000 rows. */
const mostSamplePages = 4;

@Injectable({ providedIn: 'root' })
export class VehicleApi {
  private readonly api = inject(Api);

  vehicle(vin: string): Promise<Vehicle> {
    return this.api.invoke(getVehicle, { vin });
  }

  async history(vin: string, signals: string[], from: Date, to: Date, interval: number): Promise<Sample[]> {
    const all: Sample[] = [];
    let nextToken: string | undefined;
    for (let n = 0; n < mostSamplePages; n++) {
      const page = await this.api.invoke(getTelemetry, {
        vin,
        signals: signals.join(','),
        from: from.toISOString(),
        to: to.toISOString(),
        interval,
        limit: 1000,
        nextToken,
      });
      all.push(...page.items);
      nextToken = page.nextToken;
      if (!nextToken) {
        break;
      }
    }
    return all;
  }

  trips(vin: string): Promise<TripPage> {
    return this.api.invoke(listTrips, { vin, limit: 25 });
  }

  trip(vin: string, tripId: string): Promise<Trip> {
    return this.api.invoke(getTrip, { vin, tripId });
  }

  faults(vin: string): Promise<FaultPage> {
    return this.api.invoke(listDiagnostics, { vin, limit: 50 });
  }

  acknowledgeFault(f: Fault): Promise<Fault> {
    return this.api.invoke(acknowledgeDiagnostic, { vin: f.vin, diagnosticId: f.diagnosticId });
  }

  clearFault(f: Fault): Promise<Fault> {
    return this.api.invoke(clearDiagnostic, { vin: f.vin, diagnosticId: f.diagnosticId });
  }

  alerts(vin: string): Promise<AlertPage> {
    return this.api.invoke(listVehicleAlerts, { vin, limit: 50 });
  }

  reports(vin: string): Promise<HealthReportPage> {
    return this.api.invoke(listHealthReports, { vin, limit: 10 });
  }

  requestReport(vin: string): Promise<HealthReport> {
    return this.api.invoke(requestHealthReport, { vin, 'Idempotency-Key': crypto.randomUUID() });
  }

  certificates(vin: string): Promise<CertificatePage> {
    return this.api.invoke(listCertificates, { vin, limit: 25 });
  }

  revoke(vin: string, certificateId: string, reason: string): Promise<Certificate> {
    return this.api.invoke(revokeCertificate, { vin, certificateId, body: { reason } });
  }

  setClimate(vin: string, desired: Record<string, unknown>): Promise<Shadow> {
    return this.api.invoke(updateShadow, { vin, name: 'climate', body: { desired } });
  }

  command(vin: string, body: NewCommand): Promise<Command> {
    return this.api.invoke(sendCommand, { vin, 'Idempotency-Key': crypto.randomUUID(), body });
  }

  claimCode(vin: string): Promise<ClaimCode> {
    return this.api.invoke(issueClaimCode, { vin });
  }
}
