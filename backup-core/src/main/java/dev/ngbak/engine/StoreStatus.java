package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import java.io.IOException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The present state of one store.
 *
 * @param backend the backend that the settings select, such as {@code neo4j}
 * @param product the name of the product, or {@code null} if the store cannot be read; then {@code version} is {@code
 *     null} too
 * @param problem why the store cannot be read, or what is wrong with its scope; {@code null} if there is no problem
 * @param remedy what to do about the problem, or {@code null}
 * @param counts the records in scope
 * @param scope the part of the store that belongs to the system: setting or member name to value, without secrets
 */
public record StoreStatus(
        Role role,
        String backend,
        @Nullable String product,
        @Nullable String version,
        boolean reachable,
        @Nullable String problem,
        @Nullable String remedy,
        Map<String, Long> counts,
        Map<String, String> scope) {

    public StoreStatus {
        counts = Collections.unmodifiableMap(new LinkedHashMap<>(counts));
        scope = Collections.unmodifiableMap(new LinkedHashMap<>(scope));
    }

    /** Inspects all stores in parallel, because waiting for a store that does not answer takes long. */
    static List<StoreStatus> of(StoreRegistry stores) {
        ParallelStores parallel = new ParallelStores("inspected", new Job(), () -> {});
        return List.copyOf(parallel.run(EnumSet.allOf(Role.class), role -> of(role, stores))
                .values());
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
            BackupException why = Errors.explain(e, "inspecting the " + role.id() + " store");
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
