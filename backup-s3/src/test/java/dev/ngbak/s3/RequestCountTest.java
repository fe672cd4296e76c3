package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counts what a provider charges for. The section Costs of docs/OBJECT-STORAGE.md has these numbers. */
class RequestCountTest {

    private static final int ARCHIVES = 3;

    private static S3Service service;

    @TempDir
    private static Path directory;

    private static FaultProxy proxy;
    private static S3BackupTest.SampleSystem system;

    @BeforeAll
    static void fillABucket() throws Exception {
        service = S3Service.s3proxy();
        service.useNewBucket();
        proxy = new FaultProxy(service.endpoint());
        system = new S3BackupTest.SampleSystem(directory, 200 << 10);
        BackupManager manager = manager();
        for (int n = 0; n < ARCHIVES; n++) {
            manager.create("b" + n, null, new Job());
        }
    }

    @AfterAll
    static void stopService() throws Exception {
        proxy.close();
        service.close();
    }

    /** Returns a manager as a new process has it. */
    private static BackupManager manager() {
        return new BackupManager(system.settings(service.settings())
                .with("BACKUP_S3_ENDPOINT", proxy.endpoint().toString()));
    }

    /** Returns the number of requests by method. A request for keys or versions is a LIST. */
    private static Map<String, Long> requests(Consumer<BackupManager> task, BackupManager manager) {
        proxy.requests().clear();
        task.accept(manager);
        return proxy.requests().stream().collect(Collectors.groupingBy(RequestCountTest::kind, Collectors.counting()));
    }

    private static String kind(FaultProxy.Request request) {
        boolean isList = request.method().equals("GET") && request.target().matches(".*\\?(list-type|uploads).*");
        return isList ? "LIST" : request.method();
    }

    @Test
    void listReadsEachManifestOncePerProcess() {
        BackupManager manager = manager();
        assertThat(requests(BackupManager::list, manager)).isEqualTo(Map.of("LIST", 2L, "GET", (long) ARCHIVES));
        assertThat(requests(BackupManager::list, manager)).isEqualTo(Map.of("LIST", 2L));
    }

    @Test
    void inspectAndVerifyCostAFewRequestsWhateverTheSize() {
        assertThat(requests(manager -> manager.inspect(manager.archive("b0")), manager()))
                .isEqualTo(Map.of("HEAD", 2L, "GET", 1L, "LIST", 1L));
        assertThat(requests(manager -> manager.verify(manager.archive("b0"), new Job()), manager()))
                .isEqualTo(Map.of("HEAD", 2L, "GET", 2L));
    }

    @Test
    void backupCostsOneRequestPerPartAndPerArchiveThatItIsComparedWithAndAFewMore() {
        long all = total(requests(manager -> manager.create("next", null, new Job()), manager()));
        long parts = proxy.requests().stream()
                .filter(request -> request.target().contains("partNumber="))
                .count();
        assertThat(all - parts - ARCHIVES).isBetween(1L, 20L);
        assertThat(requests(manager -> manager.delete(new BackupId("next"), new Job()), manager()))
                .isEqualTo(Map.of("LIST", 6L, "HEAD", 2L, "GET", 2L + ARCHIVES, "PUT", 2L, "DELETE", 1L));
    }

    @Test
    void restoreReadsTheArchiveTwice() {
        Map<String, Long> restore = requests(
                manager -> manager.restore(manager.archive("b0"), RestoreOptions.DEFAULT, plan -> true, new Job()),
                manager());
        assertThat(total(restore) - ARCHIVES).as("%s", restore).isBetween(4L, 17L);
    }

    private static long total(Map<String, Long> requests) {
        return requests.values().stream().mapToLong(Long::longValue).sum();
    }
}
