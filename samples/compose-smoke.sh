#!/usr/bin/env bash
# Tests the compose file with a real container engine: starts the stack, writes a little data into the three stores, backs it
# up over HTTP, destroys it, restores it from the downloaded archive, and compares. It uses a separate compose project with
# its own volumes, passwords and backups, so it touches no other stack. The compose file's ports must be free.
#
#   samples/compose-smoke.sh                 # exits with 0 on success; takes a few minutes, mostly for downloads
#   ENGINE=podman samples/compose-smoke.sh   # Podman instead of Docker
#   KEEP=1 samples/compose-smoke.sh          # leaves the stack running for inspection
#
# Needs: docker or podman, one of `docker compose`, `docker-compose` and `podman-compose`, and curl.
set -Eeuo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=ngbak-smoke-$$
work=$(mktemp -d)
image=ngbak:0.2.0
had_image=
engine=${ENGINE:-docker}
compose=("$engine" compose)

say() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

compose() { "${compose[@]}" -p "$project" -f "$work/docker-compose.yml" --env-file "$work/.env" "$@"; }

# Prints the id of a service's container. podman-compose cannot list that of one service.
container() {
  if [[ $engine == podman ]]; then
    podman ps -q --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1"
  else
    compose ps -q "$1"
  fi
}

# Prints the state of a service: "healthy" once its health check has passed.
health() { "$engine" inspect --format '{{.State.Health.Status}}' "$(container "$1")" 2>/dev/null; }

# Prints where a port of a service is reachable. podman-compose prints only the port.
address() {
  if [[ $engine == podman ]]; then podman port "$(container "$1")" "$2"; else compose port "$1" "$2"; fi
}

# Starts what is not running, and waits until all four services are healthy.
start() {
  compose up -d --no-build
  for service in neo4j qdrant redis ngbak; do
    for ((i = 0; i < 240; i++)); do
      [[ $(health $service) != healthy ]] || continue 2
      sleep 0.5
    done
    fail "$service is not healthy after two minutes"
  done
}

finish() {
  local code=$?
  trap - EXIT
  if ((code != 0)); then
    compose logs --no-color --tail 60 2>/dev/null | tail -200 >&2 || true
  fi
  if [[ -n ${KEEP:-} ]]; then
    say "The project $project is still running; its folder is $work. To remove both:"
    say "  ${compose[*]} -p $project -f $work/docker-compose.yml down -v; rm -rf $work"
  else
    say "Removing the stack"
    compose down -v --remove-orphans --timeout 60 >/dev/null 2>&1 || code=1
    [[ -n $had_image ]] || "$engine" image rm "$image" >/dev/null 2>&1 || true
    rm -rf "$work" || code=1
  fi
  if ((code == 0)); then say "All is well"; else say "FAILED (exit $code)"; fi
  exit "$code"
}
trap finish EXIT
trap 'echo "FAILED: line $LINENO: $BASH_COMMAND" >&2' ERR
trap 'exit 130' INT TERM

command -v curl >/dev/null || fail "curl is not installed"
"$engine" info >/dev/null 2>&1 || fail "$engine is not installed, or its engine is not running"
if "$engine" compose version >/dev/null 2>&1; then
  compose=("$engine" compose)
elif [[ $engine == podman ]] && command -v podman-compose >/dev/null; then
  compose=(podman-compose)
elif [[ $engine == docker ]] && command -v docker-compose >/dev/null; then
  compose=(docker-compose)
else
  fail "$engine has no compose command: install docker compose 2, docker-compose or podman-compose"
fi

secret() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }
neo4j_password=$(secret)
qdrant_key=$(secret)
redis_password=$(secret)
api_key=$(secret)
cat >"$work/.env" <<ENV
NEO4J_PASSWORD=$neo4j_password
QDRANT_API_KEY=$qdrant_key
REDIS_PASSWORD=$redis_password
BACKUP_API_KEY=$api_key
NGBAK_UID=$(id -u)
NGBAK_GID=$(id -g)
NEO4J_PLUGINS=[]
ENV
chmod 600 "$work/.env"
mkdir "$work/backups"
# A copy, because relative paths such as ./backups belong to the folder of the compose file.
cp "$root/docker-compose.yml" "$work"

say "Building the image"
if "$engine" image inspect "$image" >/dev/null 2>&1; then had_image=yes; fi
format=()
[[ $engine != podman ]] || format=(--format docker) # the OCI format has no health check
"$engine" build -q "${format[@]}" -t "$image" "$root" >/dev/null

say "Starting the stack and waiting until all four services are healthy"
start
ngbak=http://$(address ngbak 8080)
qdrant=http://$(address qdrant 6333)

# -- clients of the four services

cypher() { compose exec -T -e NEO4J_USERNAME=neo4j -e NEO4J_PASSWORD="$neo4j_password" neo4j cypher-shell --format plain; }
redis() { compose exec -T redis redis-cli "$@"; }
points() { curl -fsS -H "api-key: $qdrant_key" -H 'Content-Type: application/json' -X "$1" "$qdrant/collections/api_working_dir_entities$2" "${@:3}"; }
api() { curl -fsS -H "X-API-Key: $api_key" "${@:2}" "$ngbak/api/v1/$1"; }
member() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" | head -n 1; }

# Waits for a job; fails unless it completes.
job() {
  local id=$1 shown status
  for ((i = 0; i < 600; i++)); do
    shown=$(api "jobs/$id")
    status=$(sed -n 's/.*"status":"\([a-z]*\)","\(outcome\|created_at\)".*/\1/p' <<<"$shown")
    case $status in
      pending | processing) sleep 0.5 ;;
      completed) return 0 ;;
      *) fail "the job is $status: $shown" ;;
    esac
  done
  fail "the job did not end within 5 minutes: $shown"
}

# Prints the content of the stores in a fixed order, read with each store's own client.
picture() {
  cypher <<'CYPHER'
MATCH (n:GraphRAG_chunk_entity_relation) RETURN n.id, labels(n), n.description, n.source_id, n.communityIds ORDER BY n.id;
MATCH (a:GraphRAG_chunk_entity_relation)-[r]->(b) RETURN a.id, type(r), r.weight, r.description, b.id ORDER BY a.id, b.id;
CYPHER
  points POST /points/scroll -d '{"limit": 100, "with_payload": true, "with_vector": true}' 2>/dev/null | sed 's/,"status":.*//' || echo "no collection"
  echo
  redis --raw keys 'nano_graphrag:*' | sort | while read -r key; do
    printf '%s ' "$key"
    redis --raw get "$key" </dev/null
  done
}

# -- a little data, in nano-graphrag's layout

say "Writing sample data"
cypher >/dev/null <<'CYPHER'
CREATE CONSTRAINT IF NOT EXISTS FOR (n:GraphRAG_chunk_entity_relation) REQUIRE n.id IS UNIQUE;
UNWIND [['ADA', 'PERSON', 'wrote the notes'], ['CHARLES', 'PERSON', 'designed the engine'], ['ENGINE', 'CONCEPT', 'computes']] AS row
CREATE (n:GraphRAG_chunk_entity_relation {id: row[0], entity_type: row[1], description: row[2],
  source_id: 'chunk-d814e22a9cb4bd5d72424d04fd484bb6', communityIds: [0]});
UNWIND [['ADA', 'ENGINE', 'wrote about'], ['CHARLES', 'ENGINE', 'designed']] AS row
MATCH (a:GraphRAG_chunk_entity_relation {id: row[0]}), (b:GraphRAG_chunk_entity_relation {id: row[1]})
CREATE (a)-[:RELATED {description: row[2], weight: 1.5, order: 1, source_id: 'chunk-d814e22a9cb4bd5d72424d04fd484bb6'}]->(b);
CYPHER
points PUT '' -d '{"vectors": {"size": 4, "distance": "Cosine"}}' >/dev/null
points PUT '/points?wait=true' -d '{"points": [
  {"id": 14742174413679319775, "vector": [1, 0, 0, 0.1], "payload": {"id": "ent-347cbca85aed318356cd4f78b6509882", "entity_name": "ADA", "content": "ADA wrote the notes"}},
  {"id": 14575336206183239697, "vector": [0, 1, 0, 0.2], "payload": {"id": "ent-e22803b33244265b81ba6d00666429e4", "entity_name": "CHARLES", "content": "CHARLES designed the engine"}},
  {"id": 5238059666596038926, "vector": [0, 0, 1, 0.3], "payload": {"id": "ent-1942d6cfa11aa1cf183f999aba8eac2e", "entity_name": "ENGINE", "content": "ENGINE computes"}}
]}' >/dev/null
content='Ada wrote the notes on the engine that Charles had designed.'
redis set nano_graphrag:full_docs:doc-d814e22a9cb4bd5d72424d04fd484bb6 "{\"content\": \"$content\"}" >/dev/null
redis set nano_graphrag:text_chunks:chunk-d814e22a9cb4bd5d72424d04fd484bb6 \
  "{\"tokens\": 12, \"content\": \"$content\", \"chunk_order_index\": 0, \"full_doc_id\": \"doc-d814e22a9cb4bd5d72424d04fd484bb6\"}" >/dev/null
redis set nano_graphrag:community_reports:0 \
  '{"report_string": "# The engine", "report_json": {"title": "The engine", "rating": 5}, "level": 0, "title": "Cluster 0", "edges": [], "nodes": ["ADA", "CHARLES", "ENGINE"], "chunk_ids": ["chunk-d814e22a9cb4bd5d72424d04fd484bb6"], "occurrence": 1.0, "sub_communities": []}' >/dev/null
redis set job:somebody-elses running >/dev/null
picture >"$work/before"
[[ $(grep -c 'ADA' "$work/before") -ge 3 ]] || fail "the sample data was not written: $(cat "$work/before")"

# -- the main job

say "Backing up"
job "$(api backup -X POST -H 'Content-Type: application/json' -d '{"backup_id": "smoke", "note": "smoke test"}' | member job_id)"
api backup/smoke >"$work/manifest"
for count in '"entities":3' '"relationships":2' '"documents":1' '"chunks":1' '"communities":1'; do
  grep -q "$count" "$work/manifest" || fail "the archive lacks $count: $(cat "$work/manifest")"
done
api backup/smoke/download -o "$work/smoke.ngbak"
cmp "$work/smoke.ngbak" "$work/backups/smoke.ngbak" || fail "the download is not the archive in ./backups"
tar tzf "$work/smoke.ngbak" | sed 's/^/          /'

say "Destroying the data"
cypher >/dev/null <<<'MATCH (n:GraphRAG_chunk_entity_relation) DETACH DELETE n;'
points DELETE '' >/dev/null
redis --raw keys 'nano_graphrag:*' | while read -r key; do redis del "$key" </dev/null >/dev/null; done
picture >"$work/destroyed"
if grep -q ADA "$work/destroyed"; then fail "the data was not destroyed: $(cat "$work/destroyed")"; fi

say "Restoring from the downloaded archive"
plan=$(api 'restore?dry_run=true' -F "file=@$work/smoke.ngbak")
grep -q '"problems":\[\]' <<<"$plan" || fail "the plan has problems: $plan"
job "$(api restore -X POST -H 'Content-Type: application/json' -d "{\"upload_id\": \"$(member upload_id <<<"$plan")\"}" | member job_id)"

say "Comparing"
picture >"$work/after"
diff "$work/before" "$work/after" || fail "the restored stores differ from the original"
[[ $(redis --raw get job:somebody-elses) == running ]] || fail "a key outside the scope was changed"
compose exec -T ngbak ngbak check || fail "ngbak check found errors in the restored stores"

say "Restarting ngbak"
compose stop --timeout 60 ngbak >/dev/null 2>&1
start >/dev/null 2>&1
ngbak=http://$(address ngbak 8080)
api jobs | grep -q '"type":"restore","status":"completed"' || fail "the jobs did not survive the restart"
