import { parse } from 'yaml';
import type { KubeObject } from '../api.js';
import { infrastructureName, ownerOf, provideProxies, withdrawProxies, type ProxySettings } from './envoy-infrastructure.js';
import type { Recorder } from './events.js';
import { addressOf } from './routing/entrance.js';
import {
  admitsNamespace,
  attachment,
  backendProblem,
  commonHosts,
  GATEWAY,
  listenerProblem,
  refersTo,
  ROUTE,
  selectsListener,
  type GatewayListener,
  type GatewaySpec,
  type Problem,
  type RouteSpec,
} from './routing/gateway-api.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { isAvailable, keyOf, specOf, splitKey, statusOf, withCondition, type Condition } from './types.js';

const CLASS = 'gateway.networking.k8s.io/GatewayClass';
const ENVOY_PROXY = 'gateway.envoyproxy.io/EnvoyProxy';
const STANDARD_CONTROLLER = 'gateway.envoyproxy.io/gatewayclass-controller';

/** The controller that the chart installs: its namespace and the classes it takes; undefined until it serves. */
function controllerOf(runtime: Runtime): { namespace: string; controllerName: string } | undefined {
  const deployment = runtime.store
    .list('apps/Deployment')
    .find((candidate) => candidate.metadata.labels?.['control-plane'] === 'envoy-gateway' && isAvailable(candidate));
  const namespace = deployment?.metadata.namespace;
  if (namespace === undefined) return undefined;
  const data = runtime.store.get('ConfigMap', namespace, 'envoy-gateway-config')?.['data'] as Record<string, string> | undefined;
  const config = (parse(data?.['envoy-gateway.yaml'] ?? '') ?? {}) as { gateway?: { controllerName?: string } };
  return { namespace, controllerName: config.gateway?.controllerName ?? STANDARD_CONTROLLER };
}

/**
 * Envoy Gateway: accepts the classes that name it, runs proxies and a LoadBalancer Service for each Gateway in its own
 * namespace, and says on Gateways and routes what became of them.
 */
export function envoyGateway(runtime: Runtime, recorder: Recorder): Controller[] {
  const { store } = runtime;
  const all = (kind: string) => (): string[] => store.list(kind).map(keyOf);
  const ofController = (kind: string) => (deployment: KubeObject) =>
    deployment.metadata.labels?.['control-plane'] === 'envoy-gateway' ? all(kind)() : [];
  const tls = (secret: KubeObject): string[] => (secret['type'] === 'kubernetes.io/tls' ? all(GATEWAY)() : []);

  const classes: Controller = {
    name: 'envoy-gateway-class',
    watches: { [CLASS]: itself, [ENVOY_PROXY]: all(CLASS), 'apps/Deployment': ofController(CLASS) },
    reconcile(key) {
      const [, name] = splitKey(key);
      const gatewayClass = store.get(CLASS, undefined, name);
      const controller = controllerOf(runtime);
      if (!gatewayClass || !controller || specOf<{ controllerName: string }>(gatewayClass).controllerName !== controller.controllerName)
        return;
      const reference = specOf<{ parametersRef?: { kind: string; name: string; namespace?: string } }>(gatewayClass).parametersRef;
      const found = !reference || (reference.kind === 'EnvoyProxy' && store.get(ENVOY_PROXY, reference.namespace, reference.name));
      const accepted: Condition = found
        ? { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'Valid GatewayClass' }
        : {
            type: 'Accepted',
            status: 'False',
            reason: 'InvalidParameters',
            message: `Invalid GatewayClass: failed to find envoyproxy ${reference.namespace ?? ''}/${reference.name}`,
          };
      report(CLASS, gatewayClass, [accepted]);
    },
  };

  const gateways: Controller = {
    name: 'envoy-gateway',
    watches: {
      [GATEWAY]: itself,
      [CLASS]: all(GATEWAY),
      [ROUTE]: all(GATEWAY),
      [ENVOY_PROXY]: all(GATEWAY),
      Service: ownerOf,
      Secret: tls,
      'apps/Deployment': (deployment) => [...ownerOf(deployment), ...ofController(GATEWAY)(deployment)],
    },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const gateway = store.get(GATEWAY, namespace, name);
      const controller = controllerOf(runtime);
      if (!controller) return;
      if (!gateway || gateway.metadata.deletionTimestamp) {
        withdrawProxies(runtime, `${namespace}/${name}`);
        return;
      }
      const gatewayClass = store.get(CLASS, undefined, specOf<GatewaySpec>(gateway).gatewayClassName);
      if (!gatewayClass || !accepts(gatewayClass, controller.controllerName)) return;
      const settings = proxySettings(gateway, gatewayClass);
      if (settings === undefined) {
        const message = 'Invalid parametersRef: the EnvoyProxy it names was not found';
        report(GATEWAY, gateway, [{ type: 'Accepted', status: 'False', reason: 'InvalidParameters', message }]);
        return;
      }
      provideProxies(runtime, controller.namespace, gateway, settings);
      reportGateway(controller.namespace, gateway, settings);
    },
  };

  const routes: Controller = {
    name: 'envoy-gateway-routes',
    watches: { [ROUTE]: itself, [GATEWAY]: all(ROUTE), Service: all(ROUTE), Namespace: all(ROUTE), 'apps/Deployment': ofController(ROUTE) },
    reconcile(key) {
      const [namespace, name] = splitKey(key);
      const route = store.get(ROUTE, namespace, name);
      const controller = controllerOf(runtime);
      if (route && !route.metadata.deletionTimestamp && controller) reportRoute(route, controller.controllerName);
    },
  };
  return [classes, gateways, routes];

  function accepts(gatewayClass: KubeObject, controllerName: string): boolean {
    const { conditions } = statusOf<{ conditions: Condition[] }>(gatewayClass);
    return (
      specOf<{ controllerName: string }>(gatewayClass).controllerName === controllerName &&
      conditions?.some((entry) => entry.type === 'Accepted' && entry.status === 'True') === true
    );
  }

  /** The Gateway's own EnvoyProxy, else its class's; undefined when the one it names is not there. */
  function proxySettings(gateway: KubeObject, gatewayClass: KubeObject): ProxySettings | undefined {
    const own = specOf<GatewaySpec>(gateway).infrastructure?.parametersRef;
    const general = specOf<{ parametersRef?: { name: string; namespace?: string } }>(gatewayClass).parametersRef;
    if (!own && !general) return {};
    const proxy = own
      ? store.get(ENVOY_PROXY, gateway.metadata.namespace, own.name)
      : store.get(ENVOY_PROXY, general?.namespace, general?.name ?? '');
    return proxy && (specOf<{ provider?: { kubernetes?: ProxySettings } }>(proxy).provider?.kubernetes ?? {});
  }

  function reportGateway(home: string, gateway: KubeObject, settings: ProxySettings): void {
    const standard = infrastructureName(gateway);
    const address = addressOf(store.get('Service', home, settings.envoyService?.name ?? standard));
    const running = isAvailable(store.get('apps/Deployment', home, settings.envoyDeployment?.name ?? standard));
    const programmed: Condition =
      address === undefined
        ? { type: 'Programmed', status: 'False', reason: 'AddressNotAssigned', message: 'No addresses have been assigned to the Gateway' }
        : running
          ? {
              type: 'Programmed',
              status: 'True',
              reason: 'Programmed',
              message: 'Address assigned to the Gateway, 1/1 envoy replicas available',
            }
          : { type: 'Programmed', status: 'False', reason: 'NoResources', message: 'Envoy replicas unavailable' };
    const { listeners } = specOf<GatewaySpec>(gateway);
    const before = statusOf<{ listeners: { name: string; conditions?: Condition[] }[] }>(gateway).listeners ?? [];
    report(
      GATEWAY,
      gateway,
      [{ type: 'Accepted', status: 'True', reason: 'Accepted', message: 'The Gateway has been scheduled by Envoy Gateway' }, programmed],
      {
        ...(address === undefined ? {} : { addresses: [{ type: 'IPAddress', value: address }] }),
        listeners: listeners.map((listener) =>
          listenerStatus(gateway, listener, before.find((entry) => entry.name === listener.name)?.conditions),
        ),
      },
    );
    if (address !== undefined && running && !before.length)
      recorder.normal(gateway, 'Programmed', `Address ${address} assigned`, 'envoy-gateway');
  }

  function listenerStatus(gateway: KubeObject, listener: GatewayListener, before: Condition[] | undefined): object {
    const problem = listenerProblem(store, gateway, listener);
    const attached = store.list(ROUTE).filter((route) => attachment(store, gateway, listener, route)).length;
    const conditions = [
      verdict('Accepted', undefined, 'Accepted', 'Listener has been successfully translated'),
      verdict(
        'Programmed',
        problem && { reason: 'Invalid', message: 'Listener is invalid, see other Conditions for details.' },
        'Programmed',
        'Sending translated listener configuration to the data plane',
      ),
      verdict('ResolvedRefs', problem, 'ResolvedRefs', 'Listener references have been resolved'),
    ];
    return {
      name: listener.name,
      attachedRoutes: attached,
      supportedKinds: [
        { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' },
        { group: 'gateway.networking.k8s.io', kind: 'GRPCRoute' },
      ],
      conditions: merged(before, conditions, gateway),
    };
  }

  function reportRoute(route: KubeObject, controllerName: string): void {
    const spec = specOf<RouteSpec>(route);
    const before =
      statusOf<{ parents: { parentRef: { name: string; sectionName?: string }; controllerName: string; conditions?: Condition[] }[] }>(
        route,
      ).parents ?? [];
    const parents = (spec.parentRefs ?? []).flatMap((parentRef) => {
      const gateway = store.list(GATEWAY).find((candidate) => refersTo(route, parentRef, candidate));
      const gatewayClass = gateway && store.get(CLASS, undefined, specOf<GatewaySpec>(gateway).gatewayClassName);
      if (!gateway || !gatewayClass || !accepts(gatewayClass, controllerName)) return [];
      const known = before.find(
        (entry) => entry.parentRef.name === parentRef.name && entry.parentRef.sectionName === parentRef.sectionName,
      );
      const conditions = [
        verdict('Accepted', refusal(route, gateway, parentRef, spec), 'Accepted', 'Route is accepted'),
        verdict('ResolvedRefs', backendProblem(store, route), 'ResolvedRefs', 'Resolved all the Object references for the Route'),
      ];
      return [{ parentRef, controllerName, conditions: merged(known?.conditions, conditions, route) }];
    });
    const foreign = before.filter((entry) => entry.controllerName !== controllerName);
    runtime.setStatus(ROUTE, route, { parents: [...foreign, ...parents] });
  }

  function refusal(
    route: KubeObject,
    gateway: KubeObject,
    parentRef: NonNullable<RouteSpec['parentRefs']>[number],
    spec: RouteSpec,
  ): Problem | undefined {
    const selected = specOf<GatewaySpec>(gateway).listeners.filter((listener) => selectsListener(parentRef, listener));
    if (selected.length === 0) return { reason: 'NoMatchingParent', message: 'No listeners match this parent ref' };
    const admitting = selected.filter((listener) => admitsNamespace(store, gateway, listener, route.metadata.namespace ?? 'default'));
    if (admitting.length === 0)
      return { reason: 'NotAllowedByListeners', message: 'No listeners included by this parent ref allowed this attachment.' };
    if (admitting.every((listener) => commonHosts(listener, spec.hostnames).length === 0))
      return {
        reason: 'NoMatchingListenerHostname',
        message: "There were no hostname intersections between the HTTPRoute and this parent ref's Listener(s).",
      };
    return undefined;
  }

  function verdict(type: string, problem: Problem | undefined, reason: string, message: string): Condition {
    return problem ? { type, status: 'False', ...problem } : { type, status: 'True', reason, message };
  }

  function merged(before: Condition[] | undefined, conditions: readonly Condition[], object: KubeObject): Condition[] {
    const observedGeneration = object.metadata.generation ?? 1;
    return conditions.reduce<Condition[]>(
      (list, next) => withCondition(list, { ...next, observedGeneration }, runtime.timestamp()),
      before ?? [],
    );
  }

  function report(kind: string, object: KubeObject, conditions: readonly Condition[], more: object = {}): void {
    const before = statusOf<{ conditions: Condition[] }>(object);
    runtime.setStatus(kind, object, { ...before, ...more, conditions: merged(before.conditions, conditions, object) });
  }
}
