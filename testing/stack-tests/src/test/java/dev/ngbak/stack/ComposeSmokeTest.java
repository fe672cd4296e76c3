package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.neo4j.driver.AuthTokens;
import org.neo4j.driver.Driver;
import org.neo4j.driver.GraphDatabase;

/**
 * Runs {@code samples/compose-smoke.sh} without a container engine. A stub for {@code docker} runs each service as a process
 * on this machine, with the environment from the compose file. This tests the script, but not the images.
 */
class ComposeSmokeTest {

    private static final Path SCRIPT =
            Path.of("../../samples/compose-smoke.sh").toAbsolutePath().normalize();

    @TempDir
    Path temp;

    private Path tmp;

    /** Runs the statements of its input, as {@code cypher-shell} in the container does. */
    static final class CypherShell {

        private CypherShell() {}

        public static void main(String[] arguments) throws IOException {
            String input = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
            Map<String, String> environment = System.getenv();
            try (Driver driver = GraphDatabase.driver(
                            environment.get("NEO4J_URL"),
                            AuthTokens.basic("neo4j", environment.get("NEO4J_PASSWORD")));
                    var session = driver.session()) {
                for (String statement : input.split(";\\s*\n")) {
                    if (!statement.isBlank()) {
                        session.run(statement)
                                .forEachRemaining(
                                        row -> System.out.println(row.values().toString()));
                    }
                }
            }
        }
    }

    @BeforeEach
    void createTmp() throws IOException {
        tmp = Files.createDirectory(temp.resolve("tmp"));
    }

    private void installDockerStub(String script) throws IOException {
        Path docker = Files.createDirectories(temp.resolve("bin")).resolve("docker");
        Files.writeString(docker, script);
        Files.setPosixFilePermissions(docker, PosixFilePermissions.fromString("rwx------"));
    }

    private String run(int expected) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(SCRIPT.toString())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(temp.resolve("output").toFile());
        builder.environment().merge("PATH", temp.resolve("bin") + ":", (path, bin) -> bin + path);
        builder.environment().put("TMPDIR", tmp.toString());
        builder.environment().remove("KEEP");
        int code = builder.start().waitFor();
        String output = Files.readString(temp.resolve("output"));
        assertThat(code).as(output).isEqualTo(expected);
        assertThat(tmp).isEmptyDirectory();
        return output;
    }

    @Test
    void scriptSucceedsWithAllServers() throws Exception {
        String compose = Stream.of(System.getenv("PATH").split(":"))
                .map(folder -> Path.of(folder, "docker-compose"))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElse(null);
        assumeTrue(
                compose != null || "true".equals(System.getenv("CI")),
                "docker-compose is not installed: install the package docker-compose");
        try (Stack stack = Stack.startWithSharedNeo4j()) {
            Map<String, String> environment = stack.environment();
            URI redis = URI.create(environment.get("REDIS_URL"));
            URI qdrant = URI.create(environment.get("QDRANT_URL"));
            installDockerStub(DOCKER_STUB
                    .replace("@JAVA@", ProcessHandle.current().info().command().orElse("java"))
                    .replace("@CLASSPATH@", System.getProperty("java.class.path"))
                    .replace("@NEO4J_URL@", environment.get("NEO4J_URL"))
                    .replace("@NEO4J_PASSWORD@", environment.get("NEO4J_PASSWORD"))
                    .replace("@QDRANT_URL@", environment.get("QDRANT_URL"))
                    .replace("@QDRANT@", qdrant.getAuthority())
                    .replace("@REDIS_URL@", environment.get("REDIS_URL"))
                    .replace("@REDIS_PORT@", Integer.toString(redis.getPort()))
                    .replace("@CALLS@", temp.resolve("calls").toString()));

            String output = run(0);

            assertThat(output).contains("kv/full_docs.json").endsWith("All is well\n");
            assertThat(Files.readString(temp.resolve("calls")))
                    .contains("up -d --no-build")
                    .contains("down -v --remove-orphans")
                    .contains("image rm ngbak:0.2.0");
        }
    }

    @Test
    void scriptFailsAndRemovesTheStackWhenItDoesNotStart() throws Exception {
        installDockerStub("""
                #!/usr/bin/env bash
                echo "$*" >>@CALLS@
                case "$*" in
                  "image inspect"*) exit 1 ;;
                  *" up "*) echo "port is already allocated" >&2; exit 1 ;;
                esac
                """.replace("@CALLS@", temp.resolve("calls").toString()));

        String output = run(1);

        assertThat(output).contains("port is already allocated").contains("FAILED (exit 1)");
        assertThat(Files.readString(temp.resolve("calls"))).contains("down -v --remove-orphans");
    }

    private static final String DOCKER_STUB = """
            #!/usr/bin/env bash
            set -euo pipefail
            echo "$*" >>@CALLS@
            ngbak=(@JAVA@ -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "@CLASSPATH@")
            quiet=(-Dslf4j.provider=org.slf4j.nop.NOPServiceProvider -Dslf4j.internal.verbosity=WARN)

            case "$1 ${2:-}" in
              "image inspect") exit 1 ;;
              build* | image* | info* | "compose version") exit 0 ;;
              inspect*) echo healthy; exit 0 ;;
            esac
            file=$5 folder=$(dirname "$5")
            shift 7

            start() {
              docker-compose -f "$file" --project-directory "$folder" --env-file "$folder/.env" config 2>/dev/null |
                python3 -c 'import sys, yaml
            for name, value in yaml.safe_load(sys.stdin)["services"]["ngbak"]["environment"].items():
                sys.stdout.write("%s=%s\\0" % (name, "" if value is None else value))' >"$folder/environment"
              printf '%s\\0' NEO4J_URL=@NEO4J_URL@ NEO4J_PASSWORD=@NEO4J_PASSWORD@ QDRANT_URL=@QDRANT_URL@ QDRANT_API_KEY= \\
                REDIS_URL=@REDIS_URL@ REDIS_PASSWORD= BACKUP_DIR="$folder/backups" HOST=127.0.0.1 PORT=0 >>"$folder/environment"
              mapfile -d '' -t variables <"$folder/environment"
              env "${variables[@]}" "${ngbak[@]}" dev.ngbak.cli.Main serve >"$folder/out" 2>"$folder/log" </dev/null &
              echo $! >"$folder/pid"
              until grep -q http: "$folder/out"; do kill -0 "$(cat "$folder/pid")"; sleep 0.05; done
            }

            stop() {
              if [[ -e $folder/pid ]]; then
                kill "$(cat "$folder/pid")"
                while kill -0 "$(cat "$folder/pid")" 2>/dev/null; do sleep 0.05; done
                rm "$folder/pid"
              fi
            }

            case "$1 $2" in
              up*) [[ -e $folder/pid ]] || start ;;
              stop* | down*) stop ;;
              logs*) cat "$folder/log" ;;
              ps*) echo "$3" ;;
              "port ngbak") sed -n 's#.*http://\\([0-9.:]*\\)/.*#\\1#p' "$folder/out" ;;
              "port qdrant") echo @QDRANT@ ;;
              exec*)
                shift 2
                while [[ $1 == -e ]]; do shift 2; done
                service=$1
                shift
                case $service in
                  neo4j) NEO4J_URL=@NEO4J_URL@ NEO4J_PASSWORD=@NEO4J_PASSWORD@ "${ngbak[@]}" "${quiet[@]}" 'dev.ngbak.stack.ComposeSmokeTest$CypherShell' ;;
                  redis) shift; redis-cli -p @REDIS_PORT@ "$@" ;;
                  ngbak)
                    mapfile -d '' -t variables <"$folder/environment"
                    env "${variables[@]}" "${ngbak[@]}" dev.ngbak.cli.Main "${@:2}"
                    ;;
                esac
                ;;
              *) echo "the docker stub does not support: $*" >&2; exit 1 ;;
            esac
            """;
}
