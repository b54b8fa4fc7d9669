import { Injectable, inject } from '@angular/core';

import { Api } from '../contract/api';
import { acknowledgeDiagnostic, clearDiagnostic, getWorklist } from '../contract/functions';
import { Fault, FaultPage } from '../contract/models';

@Injectable({ providedIn: 'root' })
export class WorklistApi {
  private readonly api = inject(Api);

  page(nextToken?: string): Promise<FaultPage> {
    return this.api.invoke(getWorklist, { limit: 50, nextToken });
  }

  acknowledge(f: Fault): Promise<Fault> {
    return this.api.invoke(acknowledgeDiagnostic, { vin: f.vin, diagnosticId: f.diagnosticId });
  }

  close(f: Fault): Promise<Fault> {
    return this.api.invoke(clearDiagnostic, { vin: f.vin, diagnosticId: f.diagnosticId });
  }
}
