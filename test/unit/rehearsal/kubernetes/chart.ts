import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FILES: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'values.yaml': 'tag: "1.27"\nmessage: hello\nreplicas: 2\n',
  'crds/gadgets.yaml': `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets, shortNames: [gd]}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      additionalPrinterColumns: [{name: Size, type: string, jsonPath: .spec.size}]
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties: {size: {type: string, default: small}, parts: {type: array, items: {type: string}}}
            status: {type: object, x-kubernetes-preserve-unknown-fields: true}
`,
  'templates/deployment.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: "nginx:{{ .Values.tag }}"
          ports: [{containerPort: 8080, name: http}]
          env: [{name: MESSAGE, value: {{ .Values.message | quote }}}]
          resources: {requests: {cpu: 1000m, memory: 64Mi}}
`,
  'templates/rest.yaml': `
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http, name: http}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {message: {{ .Values.message | quote }}}
---
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {key: s3cret}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: "postgres:16", volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: example.com/v1
kind: Gadget
metadata: {name: one}
spec: {parts: [a, b]}
`,
  'templates/hook.yaml': `
apiVersion: batch/v1
kind: Job
metadata:
  name: prepare
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: prepare, image: "busybox:1"}]
`,
};

/** Writes a small chart with a hook, a CRD and the usual kinds below `folder`; returns its path. */
export function writeChart(folder: string): string {
  const chart = join(folder, 'web');
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(chart, name)), { recursive: true });
    writeFileSync(join(chart, name), text.trimStart());
  }
  return chart;
}
