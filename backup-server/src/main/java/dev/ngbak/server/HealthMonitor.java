package dev.ngbak.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.jobs.Json;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.DataLoss;
import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Judges the health of the configured system. Cheap enough for a call every few seconds: connects to no store. */
final class HealthMonitor {

    private final BackupManager manager;
    private final ArchiveCatalog archives;
    private final ServerStatus status;
    private final ServerSettings settings;

    HealthMonitor(BackupManager manager, ArchiveCatalog archives, ServerStatus status, ServerSettings settings) {
        this.manager = manager;
        this.archives = archives;
        this.status = status;
        this.settings = settings;
    }

    Health health() {
        List<ArchiveInfo> own = List.of();
        Optional<String> problem = status.repositoryProblem();
        try {
            SourceSystem system = manager.system();
            own = archives.list().stream()
                    .filter(archive -> archive.unreadable() != null || isOf(system, archive.manifest()))
                    .toList();
        } catch (BackupException e) {
            problem = Optional.of("The archives cannot be listed: " + e.detail() + ".");
        }
        return Health.of(new HealthFacts(
                Instant.now(),
                settings.expectedEvery(),
                own,
                status.jobs(),
                status.interruptedRestore(),
                problem,
                status.storesLastSeen(),
                freeBytes()));
    }

    /** Returns false for an encrypted archive whose content this machine does not know. */
    private static boolean isOf(SourceSystem system, @Nullable Manifest manifest) {
        return manifest != null && manifest.system().hasSameData(system) && !manifest.isOfOtherTool();
    }

    private OptionalLong freeBytes() {
        try {
            return manager.repository().freeSpace();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** Returns the health, and what it refers to, as the API answers it. */
    ObjectNode json() {
        Health health = health();
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.put("status", health.status().text());
        Json.strings(node, "reasons", health.reasons());
        Json.strings(node, "remarks", health.remarks());
        health.loss().ifPresentOrElse(loss -> node.set("loss", json(loss)), () -> node.putNull("loss"));
        node.put("system", manager.system().name());
        node.put("workspace", manager.system().workspace());
        Duration every = settings.expectedEvery();
        node.put("expected_every_seconds", every == null ? null : (Long) every.toSeconds());
        if (settings.environment() == null) {
            node.putNull("environment");
        } else {
            node.putObject("environment")
                    .put("name", settings.environment().name())
                    .put("colour", settings.environment().colour());
        }
        return node;
    }

    private static ObjectNode json(DataLoss loss) {
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.put("before", loss.before().id()).put("now", loss.now().id());
        ArrayNode counts = node.putArray("counts");
        for (DataLoss.Count count : loss.counts()) {
            counts.addObject()
                    .put("name", count.name())
                    .put("before", count.before())
                    .put("now", count.now());
        }
        return node;
    }
}
