package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * One store as it is at the moment.
 *
 * @param backend what the settings name, such as {@code neo4j}
 * @param product {@code null} while the store is not reached, as is {@code version}
 * @param problem why it cannot be read, or what is wrong with its scope; {@code null} when all is well
 * @param remedy what to do about the problem, or {@code null}
 * @param counts what is in scope
 * @param scope what of the store belongs to the system: setting or member name to value, without secrets
 */
public record StoreStatus(
        Role role,
        String backend,
        String product,
        String version,
        boolean reachable,
        String problem,
        String remedy,
        Map<String, Long> counts,
        Map<String, String> scope) {

    public StoreStatus {
        counts = Collections.unmodifiableMap(new LinkedHashMap<>(counts));
        scope = Collections.unmodifiableMap(new LinkedHashMap<>(scope));
    }

    /** Looks at the stores side by side, since one that is gone may take its time to say so. */
    static List<StoreStatus> of(StoreRegistry stores) {
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "ngbak-look");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<CompletableFuture<StoreStatus>> looks = Stream.of(Role.values())
                    .map(role -> CompletableFuture.supplyAsync(() -> of(role, stores), threads))
                    .toList();
            return looks.stream().map(CompletableFuture::join).toList();
        } finally {
            threads.shutdown();
        }
    }

    private static StoreStatus of(Role role, StoreRegistry stores) {
        String backend = stores.backend(role);
        try (ExportSession session = stores.openExport(role)) {
            StoreInfo info = session.info();
            BackupException scopeProblem = session.scopeProblem().orElse(null);
            return new StoreStatus(
                    role,
                    backend,
                    info.product(),
                    info.version(),
                    true,
                    scopeProblem == null ? null : scopeProblem.problem(),
                    scopeProblem == null ? null : scopeProblem.remedy(),
                    session.counts().counts(),
                    info.scope());
        } catch (IOException | RuntimeException e) {
            BackupException why = Errors.explain(e, "looking at the " + role.id() + " store");
            return new StoreStatus(
                    role,
                    backend,
                    null,
                    null,
                    false,
                    why.problem(),
                    why.remedy().isEmpty() ? null : why.remedy(),
                    Map.of(),
                    Map.of());
        }
    }
}
