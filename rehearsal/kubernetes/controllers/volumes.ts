import type { KubeObject } from '../api.js';
import type { Recorder } from './events.js';
import { nodeResourceGroup } from './nodes.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { keyOf, specOf, splitKey, statusOf } from './types.js';

const COMPONENT = 'persistentvolume-controller';
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

interface ClaimSpec {
  accessModes?: string[];
  resources?: { requests?: { storage?: string } };
  storageClassName?: string;
  volumeName?: string;
  volumeMode?: string;
}

/** Provisions and binds a PersistentVolume for each claim: at once, or when the scheduler has named a node for it. */
export function volumes(runtime: Runtime, recorder: Recorder): Controller {
  return {
    name: 'persistentvolume',
    watches: {
      PersistentVolumeClaim: itself,
      'storage.k8s.io/StorageClass': () => runtime.store.list('PersistentVolumeClaim').map(keyOf),
    },
    deleted(kind, claim) {
      if (kind !== 'PersistentVolumeClaim') return;
      const name = specOf<ClaimSpec>(claim).volumeName;
      const volume = name === undefined ? undefined : runtime.store.get('PersistentVolume', undefined, name);
      if (!volume) return;
      if (specOf<{ persistentVolumeReclaimPolicy?: string }>(volume).persistentVolumeReclaimPolicy === 'Delete')
        runtime.store.remove('PersistentVolume', undefined, volume.metadata.name);
      else runtime.setStatus('PersistentVolume', volume, { phase: 'Released' });
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const claim = runtime.store.get('PersistentVolumeClaim', namespace, name);
      if (!claim || claim.metadata.deletionTimestamp || statusOf<{ phase: string }>(claim).phase === 'Bound') return;
      const spec = specOf<ClaimSpec>(claim);
      if (spec.volumeName !== undefined) {
        bind(claim, spec.volumeName);
        return;
      }
      const className = spec.storageClassName ?? '';
      const storageClass = runtime.store.get('storage.k8s.io/StorageClass', undefined, className);
      if (!storageClass) {
        recorder.warning(claim, 'ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`, COMPONENT);
        return;
      }
      if (storageClass['volumeBindingMode'] === 'WaitForFirstConsumer' && !claim.metadata.annotations?.[SELECTED_NODE]) {
        recorder.normal(claim, 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding', COMPONENT);
        return;
      }
      provision(claim, spec, storageClass);
    },
  };

  function provision(claim: KubeObject, spec: ClaimSpec, storageClass: KubeObject): void {
    const { namespace, name, uid } = claim.metadata;
    const volume = `pvc-${uid}`;
    const provisioner = String(storageClass['provisioner']);
    recorder.normal(claim, 'Provisioning', `External provisioner is provisioning volume for claim "${namespace}/${name}"`, provisioner);
    runtime.ensure({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volume, annotations: { 'pv.kubernetes.io/provisioned-by': provisioner } },
      spec: {
        capacity: { storage: spec.resources?.requests?.storage ?? '' },
        accessModes: spec.accessModes ?? [],
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
        csi: { driver: provisioner, volumeHandle: `${nodeResourceGroup(runtime)}/providers/Microsoft.Compute/disks/${volume}` },
        persistentVolumeReclaimPolicy: (storageClass['reclaimPolicy'] as string | undefined) ?? 'Delete',
        storageClassName: storageClass.metadata.name,
        volumeMode: spec.volumeMode ?? 'Filesystem',
      },
    });
    recorder.normal(claim, 'ProvisioningSucceeded', `Successfully provisioned volume ${volume}`, provisioner);
    bind(claim, volume);
  }

  function bind(claim: KubeObject, volumeName: string): void {
    const { namespace, name } = claim.metadata;
    const volume = runtime.store.get('PersistentVolume', undefined, volumeName);
    if (!volume) {
      runtime.setStatus('PersistentVolumeClaim', claim, { phase: 'Lost' });
      return;
    }
    runtime.change('PersistentVolumeClaim', namespace, name, (fresh) => {
      specOf<ClaimSpec>(fresh).volumeName = volumeName;
      fresh.metadata.annotations = {
        ...fresh.metadata.annotations,
        'pv.kubernetes.io/bind-completed': 'yes',
        'pv.kubernetes.io/bound-by-controller': 'yes',
      };
    });
    const { capacity, accessModes } = specOf<{ capacity: object; accessModes: string[] }>(volume);
    runtime.setStatus('PersistentVolume', volume, { phase: 'Bound' });
    runtime.setStatus('PersistentVolumeClaim', claim, { phase: 'Bound', accessModes, capacity });
  }
}
