package dev.ngbak.stack;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** The command-line tool. The command {@code help} prints its usage. */
public final class Main {

    private static final String USAGE = """
            Generates the data of a GraphRAG system in Neo4j, Qdrant and Redis, for tests and benchmarks.

              fill SIZE VARIANT [--seed N] [--dimension N] [--dense] [--foreign]
                     Fill the stores at NEO4J_URL, QDRANT_URL and REDIS_URL, which should be empty.
                     SIZE: tiny, T, S, M or L    VARIANT: clean or fork
                     --dense      Give each point one unnamed dense vector and no sparse vectors.
                     --foreign    Also write data that is out of scope.
              wipe   Delete all data in scope, and nothing else.
              read [--together]
                     Read all data in scope in the simplest way. Print store, seconds and bytes.
              rewrite [--together]
                     Read all data in scope, delete it, and write it back. Print store and seconds of the writes.
                     --together   Process all stores in parallel. The line "all" has the total seconds.
              serve  Start servers on free ports, print their settings, then "ready". Stop at the end of the input.
            """;

    /** Store, seconds, bytes. The benchmarks parse this format. */
    private static final String RESULT_FORMAT = "%s %.2f %d%n";

    private Main() {}

    /** Runs one command. */
    public static void main(String[] arguments) throws IOException {
        List<String> options = Arrays.asList(arguments);
        switch (options.isEmpty() ? "help" : options.get(0)) {
            case "fill" -> fill(options);
            case "wipe" -> run(true, "%s wiped in %.1f s%n", timed(Store::wipeScope));
            case "read" ->
                run(options.contains("--together"), RESULT_FORMAT, store -> {
                    long start = System.nanoTime();
                    long bytes = store.read();
                    return new Measurement(System.nanoTime() - start, bytes);
                });
            case "rewrite" ->
                run(
                        options.contains("--together"),
                        RESULT_FORMAT,
                        store -> new Measurement(store.rewrite(Path.of(System.getProperty("java.io.tmpdir"))), 0));
            case "serve" -> serve();
            default -> System.out.print(USAGE);
        }
    }

    /** Connects to the stores that the environment names, with the defaults of nano-graphrag. */
    private static Map<String, Store> stores() {
        Map<String, String> environment = System.getenv();
        Map<String, Store> stores = new LinkedHashMap<>();
        stores.put(
                "graph",
                new Neo4jStore(
                        environment.getOrDefault("NEO4J_URL", "bolt://localhost:7687"),
                        environment.getOrDefault("NEO4J_USERNAME", "neo4j"),
                        environment.getOrDefault("NEO4J_PASSWORD", "")));
        stores.put("kv", new RedisStore(environment.getOrDefault("REDIS_URL", "redis://localhost:6379"), 60_000));
        stores.put(
                "vector",
                new QdrantStore(
                        environment.getOrDefault("QDRANT_URL", "http://localhost:6333"),
                        environment.get("QDRANT_API_KEY")));
        return stores;
    }

    private static void fill(List<String> options) throws IOException {
        Dataset data = new Dataset(
                DatasetSize.of(options.get(1)),
                GraphVariant.valueOf(options.get(2).toUpperCase(Locale.ROOT)),
                number(options, "--seed", 1),
                number(options, "--dimension", 1536),
                !options.contains("--dense"));
        long now = System.currentTimeMillis();
        run(true, "%s filled in %.1f s%n", timed(store -> {
            store.fill(data, now);
            if (options.contains("--foreign")) {
                store.fillForeign();
            }
        }));
    }

    private static int number(List<String> options, String name, int defaultValue) {
        int index = options.indexOf(name);
        return index < 0 ? defaultValue : Integer.parseInt(options.get(index + 1));
    }

    private record Measurement(long nanos, long bytes) {}

    private interface MeasuredAction {
        Measurement run(Store store) throws IOException;
    }

    private static MeasuredAction timed(Consumer<Store> action) {
        return store -> {
            long start = System.nanoTime();
            action.accept(store);
            return new Measurement(System.nanoTime() - start, 0);
        };
    }

    /** Runs an action on each store, and prints a line for each and one for the total time. */
    private static void run(boolean parallel, String format, MeasuredAction action) throws IOException {
        ExecutorService threads = Executors.newFixedThreadPool(parallel ? 3 : 1);
        long start = System.nanoTime();
        Map<String, Future<Measurement>> results = new LinkedHashMap<>();
        stores().forEach((name, store) -> results.put(name, threads.submit(() -> {
            try (store) {
                return action.run(store);
            }
        })));
        try {
            for (var result : results.entrySet()) {
                Measurement measurement = result.getValue().get();
                System.out.printf(format, result.getKey(), measurement.nanos() / 1e9, measurement.bytes());
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IOException(e);
        } finally {
            threads.shutdownNow();
        }
        System.out.printf(format, "all", (System.nanoTime() - start) / 1e9, 0);
    }

    private static void serve() throws IOException {
        try (Stack stack = Stack.start()) {
            stack.environment().forEach((name, value) -> System.out.println(name + "=" + value));
            System.out.println("ready");
            while (System.in.read() >= 0) {
                // The parent process closes this input, or the system does when that process dies.
            }
        }
    }
}
