{{- define "ngbak.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" }}
{{- end }}

{{/* At most 52 characters, because Kubernetes appends 11 to the name of a CronJob. */}}
{{- define "ngbak.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 45 | trimSuffix "-" }}
{{- else if contains (include "ngbak.name" .) .Release.Name }}
{{- .Release.Name | trunc 45 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "ngbak.name" .) | trunc 45 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "ngbak.selector" -}}
app.kubernetes.io/name: {{ include "ngbak.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "ngbak.labels" -}}
{{ include "ngbak.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "ngbak.secret" -}}
{{- default (include "ngbak.fullname" .) .Values.secrets.existingSecret }}
{{- end }}

{{- define "ngbak.hasSecret" -}}
{{- if or .Values.secrets.existingSecret .Values.secrets.values }}true{{ end }}
{{- end }}

{{- define "ngbak.claim" -}}
{{- default (include "ngbak.fullname" .) .Values.persistence.existingClaim }}
{{- end }}

{{/* The part of the pod that the server and scheduled backups share. */}}
{{- define "ngbak.pod" -}}
serviceAccountName: {{ include "ngbak.fullname" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: backups
    persistentVolumeClaim:
      claimName: {{ include "ngbak.claim" . }}
  - name: tmp
    emptyDir:
      sizeLimit: {{ .Values.tmpSize }}
  {{- if and .Values.secrets.asFiles (include "ngbak.hasSecret" .) }}
  - name: secrets
    secret:
      secretName: {{ include "ngbak.secret" . }}
      # Readable for the group, which is fsGroup.
      defaultMode: 0440
  {{- end }}
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* The part of the container that the server and scheduled backups share. */}}
{{- define "ngbak.container" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
env:
  - name: BACKUP_DIR
    value: /backups
  {{- range $name, $value := .Values.settings }}
  - name: {{ $name }}
    value: {{ $value | toString | quote }}
  {{- end }}
  {{- if and .Values.server.enabled (not (hasKey .Values.settings "BACKUP_ALLOWED_HOSTS")) }}
  - name: BACKUP_ALLOWED_HOSTS
    {{- $service := include "ngbak.fullname" . }}
    value: {{ concat (list $service (printf "%s.%s" $service .Release.Namespace) (printf "%s.%s.svc" $service .Release.Namespace)) .Values.server.allowedHosts | join "," | quote }}
  {{- end }}
  {{- if and .Values.secrets.asFiles (include "ngbak.hasSecret" .) }}
  {{- range $key := ternary .Values.secrets.keys (keys .Values.secrets.values | sortAlpha) (ne .Values.secrets.existingSecret "") }}
  - name: {{ $key }}_FILE
    value: /run/secrets/ngbak/{{ $key }}
  {{- end }}
  {{- end }}
{{- if and (not .Values.secrets.asFiles) (include "ngbak.hasSecret" .) }}
envFrom:
  - secretRef:
      name: {{ include "ngbak.secret" . }}
{{- end }}
volumeMounts:
  - name: backups
    mountPath: /backups
  - name: tmp
    mountPath: /tmp
  {{- if and .Values.secrets.asFiles (include "ngbak.hasSecret" .) }}
  - name: secrets
    mountPath: /run/secrets/ngbak
    readOnly: true
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
