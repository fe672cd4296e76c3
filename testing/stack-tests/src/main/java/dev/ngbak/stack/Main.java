package dev.ngbak.stack;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** The tool on the command line; {@code help} says what it does. */
public final class Main {

    private static final String USAGE = """
            Made-up data of a GraphRAG system in Neo4j, Qdrant and Redis, for tests and benchmarks.

              fill SIZE VARIANT [--seed N] [--dimension N] [--dense] [--foreign]
                     writes it into the stores at NEO4J_URL, QDRANT_URL and REDIS_URL, which should be empty
                     SIZE: tiny, T, S, M or L    VARIANT: clean or fork
                     --dense    one unnamed vector for each point, without sparse ones
                     --foreign  others' data beside it
              wipe   destroys all that is in scope, and nothing else
              read   reads all that is in scope as plainly as can be, and says how long each store took, and how many bytes
              rewrite  reads all that is in scope, wipes it, and writes it back, and says how long each store's writing took
                     --together  (of both) all stores at the same time, and then how long that took
              serve  starts servers on free ports, prints their variables, then "ready"; ends when its input ends
            """;

    /** Store, seconds, bytes. */
    private static final String PLAIN = "%s %.2f %d%n";

    private Main() {}

    /** Runs one command. */
    public static void main(String[] arguments) throws IOException {
        List<String> options = Arrays.asList(arguments);
        switch (options.isEmpty() ? "help" : options.get(0)) {
            case "fill" -> fill(options);
            case "wipe" -> measured(true, "%s wiped in %.1f s%n", timed(Store::wipe));
            case "read" ->
                measured(options.contains("--together"), PLAIN, store -> {
                    long start = System.nanoTime();
                    long bytes = store.read();
                    return new long[] {System.nanoTime() - start, bytes};
                });
            case "rewrite" ->
                measured(options.contains("--together"), PLAIN, store ->
                        new long[] {store.rewrite(Path.of(System.getProperty("java.io.tmpdir"))), 0});
            case "serve" -> serve();
            default -> System.out.print(USAGE);
        }
    }

    /** The stores that the environment names, with the defaults of nano-graphrag. */
    private static Map<String, Store> stores() {
        Map<String, String> environment = System.getenv();
        Map<String, Store> stores = new LinkedHashMap<>();
        stores.put(
                "graph",
                new Graph(
                        environment.getOrDefault("NEO4J_URL", "bolt://localhost:7687"),
                        environment.getOrDefault("NEO4J_USERNAME", "neo4j"),
                        environment.getOrDefault("NEO4J_PASSWORD", "")));
        stores.put("kv", new Keys(environment.getOrDefault("REDIS_URL", "redis://localhost:6379"), 60_000));
        stores.put(
                "vector",
                new Vectors(
                        environment.getOrDefault("QDRANT_URL", "http://localhost:6333"),
                        environment.get("QDRANT_API_KEY")));
        return stores;
    }

    private static void fill(List<String> options) throws IOException {
        Dataset data = new Dataset(
                Size.of(options.get(1)),
                Variant.valueOf(options.get(2).toUpperCase(java.util.Locale.ROOT)),
                number(options, "--seed", 1),
                number(options, "--dimension", 1536),
                !options.contains("--dense"));
        long now = System.currentTimeMillis();
        measured(true, "%s filled in %.1f s%n", timed(store -> {
            store.fill(data, now);
            if (options.contains("--foreign")) {
                store.fillForeign();
            }
        }));
    }

    private static int number(List<String> options, String name, int fallback) {
        int at = options.indexOf(name);
        return at < 0 ? fallback : Integer.parseInt(options.get(at + 1));
    }

    /** Nanoseconds and bytes. */
    private interface Measured {
        long[] of(Store store) throws IOException;
    }

    private static Measured timed(Consumer<Store> action) {
        return store -> {
            long start = System.nanoTime();
            action.accept(store);
            return new long[] {System.nanoTime() - start, 0};
        };
    }

    private static void measured(boolean together, String format, Measured action) throws IOException {
        ExecutorService threads = Executors.newFixedThreadPool(together ? 3 : 1);
        long start = System.nanoTime();
        Map<String, Future<long[]>> results = new LinkedHashMap<>();
        stores().forEach((name, store) -> results.put(name, threads.submit(() -> {
            try (store) {
                return action.of(store);
            }
        })));
        try {
            for (var result : results.entrySet()) {
                long[] measured = result.getValue().get();
                System.out.printf(format, result.getKey(), measured[0] / 1e9, measured[1]);
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
                // Whoever started this closes its input, or dies, and the system closes it.
            }
        }
    }
}
