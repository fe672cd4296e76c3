package dev.ngbak.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.BackupRequest;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Runs the test classes below, which find an archive of stores in memory at a fixed path. */
class GraphRagStateTest {

    private static final String FOLDER = "target/graph-rag-state-test/";
    private static final String GOOD = FOLDER + "good.ngbak";
    private static final String DAMAGED = FOLDER + "damaged.ngbak";
    private static final String STORES = "graph-rag-state-test";

    private static final List<Path> folders = new ArrayList<>();

    private MemoryStorage storage;

    /** Supplies stores in memory in the place of a server. */
    static final class Memory implements Supplier<Settings> {
        @Override
        public Settings get() {
            return storageSettings();
        }
    }

    private static Settings storageSettings() {
        return MemoryStorage.of(Settings.of(java.util.Map.of(MemoryStorage.SETTING, STORES)))
                .settings();
    }

    @BeforeEach
    void makeArchives(@TempDir Path temp) throws IOException {
        folders.clear();
        storage = MemoryStorage.named(STORES);
        storage.put(Role.KV, "full_docs", "doc-1", "before");
        BackupManager manager = new BackupManager(storage.settings().with("BACKUP_DIR", temp.toString()));
        Path archive = Path.of(manager.create(BackupRequest.builder().build()).location());
        Files.createDirectories(Path.of(FOLDER));
        byte[] bytes = Files.readAllBytes(archive);
        Files.write(Path.of(GOOD), bytes);
        Files.write(Path.of(DAMAGED), Arrays.copyOf(bytes, bytes.length / 2));
        storage.put(Role.KV, "full_docs", "doc-1", "after");
    }

    @AfterEach
    void deleteStores() {
        storage.close();
    }

    private static Events run(Class<?> test) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(test))
                .execute()
                .allEvents();
    }

    private static String document(RestoredState state) {
        return MemoryStorage.of(state.settings())
                .contents(Role.KV)
                .get("full_docs")
                .get("doc-1");
    }

    private static void change(RestoredState state) {
        assertThat(document(state)).isEqualTo("before");
        MemoryStorage.of(state.settings()).put(Role.KV, "full_docs", "doc-1", "changed by a test");
    }

    @Nested
    class OfMethods {

        @Test
        void isRestoredBeforeEachMethodAndItsFilesAreDeletedAfterIt() {
            run(EachMethod.class).assertStatistics(all -> all.failed(0).succeeded(4));

            assertThat(folders).hasSize(2).doesNotHaveDuplicates().noneMatch(Files::exists);
        }

        @Test
        void isNotThereBeforeTheMethod() {
            assertFailure(TooEarly.class, ParameterResolutionException.class, "Put it on the class to restore earlier");
        }
    }

    static class EachMethod {
        @BeforeEach
        void stateIsThereAlready(RestoredState state) {
            assertThat(document(state)).isEqualTo("before");
        }

        @Test
        @GraphRagState(value = GOOD, settings = Memory.class)
        void first(RestoredState state) {
            change(state);
            folders.add(state.workingDir());
            assertThat(state.workingDir()).isEmptyDirectory();
        }

        @Test
        @GraphRagState(value = GOOD, settings = Memory.class)
        void second(RestoredState state) {
            change(state);
            folders.add(state.workingDir());
            assertThat(state.backups().create(BackupRequest.builder().build()).manifest())
                    .isNotNull();
        }
    }

    static class TooEarly {
        TooEarly(RestoredState state) {}

        @Test
        @GraphRagState(value = GOOD, settings = Memory.class)
        void test() {}
    }

    @Nested
    class OfAClass {

        @Test
        void isRestoredOnceAndItsFilesAreDeletedAtTheEnd() {
            run(Once.class).assertStatistics(all -> all.failed(0).succeeded(5));

            assertThat(folders).hasSize(3).noneMatch(Files::exists);
            assertThat(folders.stream().distinct()).hasSize(2);
        }
    }

    @GraphRagState(value = GOOD, settings = Memory.class)
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    static class Once {
        @BeforeAll
        static void stateIsThereAlready(RestoredState state) {
            assertThat(document(state)).isEqualTo("before");
        }

        @Test
        @Order(1)
        void first(RestoredState state) {
            change(state);
            folders.add(state.workingDir());
        }

        @Test
        @Order(2)
        void second(RestoredState state) {
            assertThat(document(state)).isEqualTo("changed by a test");
            folders.add(state.workingDir());
        }

        @Test
        @Order(3)
        @GraphRagState(value = GOOD, settings = Memory.class)
        void methodWithAStateOfItsOwn(RestoredState state) {
            change(state);
            folders.add(state.workingDir());
        }
    }

    @Nested
    class OfAnUnusableArchive {

        @Test
        void missingArchiveIsNamedWithThePlacesThatWereSearched() {
            assertFailure(
                    Missing.class,
                    ExtensionConfigurationException.class,
                    "@GraphRagState(\"missing.ngbak\")",
                    Path.of("missing.ngbak").toAbsolutePath().toString(),
                    "src/test/resources");
        }

        @Test
        void damagedArchiveIsReportedAndNothingIsChanged() {
            assertFailure(
                    Damaged.class,
                    ExtensionConfigurationException.class,
                    DAMAGED,
                    "could not be restored",
                    "is damaged");

            assertThat(storage.contents(Role.KV).get("full_docs")).containsEntry("doc-1", "after");
        }

        @Test
        void missingPluginIsReported() {
            assertFailure(NoPlugin.class, ExtensionConfigurationException.class, "networkx");
        }
    }

    static class Missing {
        @Test
        @GraphRagState("missing.ngbak")
        void test() {}
    }

    static class Damaged {
        @Test
        @GraphRagState(value = DAMAGED, settings = Memory.class)
        void test() {}
    }

    /** The default settings need plugins that this module does not have. */
    static class NoPlugin {
        @Test
        @GraphRagState(GOOD)
        void test() {}
    }

    private static void assertFailure(Class<?> test, Class<? extends Throwable> type, String... parts) {
        run(test)
                .assertThatEvents()
                .haveExactly(
                        1,
                        finishedWithFailure(
                                instanceOf(type),
                                message(text -> Arrays.stream(parts).allMatch(text::contains))));
    }
}
