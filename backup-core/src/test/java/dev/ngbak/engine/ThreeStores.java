package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Three stores of text lines and a clock that advances only when told to. */
abstract class ThreeStores {

    @TempDir
    Path temp;

    final FakeStore graph = new FakeStore(Role.GRAPH, "networkx", "a", "b");
    final FakeStore vector = new FakeStore(Role.VECTOR, "nano", "v1", "v2", "v3");
    final FakeStore kv = new FakeStore(Role.KV, "json", "doc");
    final List<FakeStore> all = List.of(graph, vector, kv);
    final Map<String, String> environment = new HashMap<>();
    final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2025-10-06T14:30:00Z"));
    Path folder;

    @BeforeEach
    void nameTheFolder() {
        folder = temp.resolve("backups");
        environment.put("BACKUP_DIR", folder.toString());
    }

    BackupManager manager() {
        Clock clock = mock(Clock.class);
        when(clock.instant()).thenAnswer(call -> now.get());
        when(clock.getZone()).thenReturn(ZoneOffset.UTC);
        return new BackupManager(
                Settings.of(environment),
                all.stream().map(store -> store.exporter).toList(),
                all.stream()
                        .filter(store -> !store.restorerIsMissing)
                        .map(store -> store.restorer)
                        .toList(),
                clock);
    }

    static Path file(ArchiveInfo archive) {
        return Path.of(archive.location());
    }

    static ReadableArchive archive(Path file) {
        return new ArchiveFile(file);
    }

    static ReadableArchive archive(ArchiveInfo archive) {
        return archive(file(archive));
    }

    static BackupException failure(ThrowingCallable call) {
        return catchThrowableOfType(BackupException.class, call);
    }

    /** Returns all files in the repository except the lock and the records of verifications. */
    List<String> repositoryFiles() {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .filter(name -> !name.equals(".ngbak/lock") && !name.startsWith(".ngbak/verified/"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
