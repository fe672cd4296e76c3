package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;

import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A key-value store on servers, each with several scopes. Two names may lead to the same server. */
class ScratchStoresTest extends ThreeStores {

    private static final String NAME = "ngbak_drill_00000000";
    private static final Map<Role, String> BACKENDS = Map.of(Role.KV, "json");

    /** A store of another backend, which is not empty. */
    private final FakeStore later = new FakeStore(Role.KV, "later", "doc");

    /** The number of records by server and scope. */
    private final Map<String, Long> records = new HashMap<>();

    @BeforeEach
    void connect() throws IOException {
        doReturn(List.of(
                        SettingSpec.url("STORE_URL", "one", "."),
                        SettingSpec.secret("STORE_PASSWORD", "."),
                        SettingSpec.plain("STORE_PORT", "1", "."),
                        SettingSpec.sensitive("STORE_STOP_CMD", "."),
                        SettingSpec.scope(Role.KV, "STORE_PREFIX", "live", ".")))
                .when(kv.exporter)
                .settings();
        doAnswer(call -> place(call.getArgument(0))).when(kv.restorer).target(any());
        doAnswer(call -> session(call.getArgument(0))).when(kv.exporter).open(any());
        records.put("one live", 5L);
        records.put("one other", 7L);
    }

    private static String place(Settings settings) {
        return settings.text("STORE_URL", "one") + " " + settings.text("STORE_PREFIX", "live");
    }

    private ExportSession session(Settings settings) throws IOException {
        String place = place(settings).replaceFirst("^uno ", "one "); // another spelling of the same server
        if (place.startsWith("down ")) {
            throw new BackupException(Kind.UNREACHABLE, "The server is down", "");
        }
        ExportSession session = mock(ExportSession.class);
        doReturn(new StoreCounts(Map.of("full_docs", records.getOrDefault(place, 0L))))
                .when(session)
                .counts();
        return session;
    }

    private ScratchStores scratch() {
        StoreRegistry live = new StoreRegistry(
                Settings.of(environment),
                Stream.concat(all.stream(), Stream.of(later))
                        .map(store -> store.exporter)
                        .toList(),
                Stream.concat(all.stream(), Stream.of(later))
                        .map(store -> store.restorer)
                        .toList());
        return new ScratchStores(live, StateDirectory.of(live.settings()), NAME, BACKENDS);
    }

    private BackupException refusal() {
        return failure(() -> scratch().requireEmpty(Role.KV));
    }

    private void assertRefused(String problem) {
        assertThat(refusal())
                .hasMessageContaining(problem)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.INVALID))
                .satisfies(e -> assertThat(e.remedy()).contains("DRILL_STORE_PREFIX", "DRILL_STORE_URL"));
    }

    @Test
    void scopeOfItsOwnOnTheLiveServerIsAccepted() {
        ScratchStores scratch = scratch();

        scratch.requireEmpty(Role.KV);

        assertThat(scratch.target(Role.KV)).isEqualTo("one " + NAME);
        assertThat(scratch.isOwnScope(Role.KV)).isTrue();
        assertThat(scratch.folder().path())
                .isEqualTo(
                        folder.resolve(".ngbak/drill/" + NAME).toAbsolutePath().toString());
        assertThat(scratch.stores().settings().text("WORKING_DIR"))
                .isEqualTo(scratch.folder().path());
    }

    @Test
    void scopeOfItsOwnThatIsNotEmptyIsRefused() {
        records.put("one " + NAME, 1L);

        assertRefused("is not empty: it has full_docs 1");
    }

    @Test
    void liveScopeIsRefused() {
        environment.put("DRILL_STORE_PREFIX", "live");
        assertRefused("The drill would write to the live kv store, one live");
        environment.put("DRILL_STORE_URL", "one");
        assertRefused("The drill would write to the live kv store, one live");
        records.clear(); // also if the live store is empty
        assertRefused("The drill would write to the live kv store, one live");
    }

    @Test
    void liveServerUnderAnotherNameIsRefused() {
        environment.put("DRILL_STORE_URL", "uno");
        environment.put("DRILL_STORE_PREFIX", "live");
        assertRefused("is not empty: it has full_docs 5");

        records.remove("one live");
        assertRefused("Nothing proves");
    }

    @Test
    void foreignScopeIsRefused() {
        environment.put("DRILL_STORE_PREFIX", "other");
        assertRefused("is not empty: it has full_docs 7");
        environment.put("DRILL_STORE_PREFIX", "vacant");
        assertRefused("Nothing proves");
        environment.put("DRILL_STORE_URL", "uno");
        assertRefused("Nothing proves");
    }

    /** The address of the archive's backend may still be that of a system. */
    @Test
    void scopesAreRefusedAlsoIfTheSettingsSelectAnotherBackendByNow() {
        environment.put("KV_BACKEND", "later");
        environment.put("DRILL_STORE_PREFIX", "live");
        assertRefused("The drill would write to the live kv store, one live");
        environment.put("DRILL_STORE_PREFIX", "vacant");
        assertRefused("Nothing proves");
    }

    @Test
    void scopeOfTheArchiveIsAcceptedOnAnEmptyServerThatIsProvedToBeAnother() {
        environment.put("DRILL_STORE_URL", "two");
        environment.put("DRILL_STORE_PREFIX", "live");
        ScratchStores scratch = scratch();

        scratch.requireEmpty(Role.KV);

        assertThat(scratch.isOwnScope(Role.KV)).isFalse();
        records.put("two live", 1L);
        assertRefused("is not empty");
        records.remove("two live");
        environment.put("STORE_URL", "down");
        assertRefused("Nothing proves");
    }

    @Test
    void serverThatCannotBeReachedIsReported() {
        environment.put("DRILL_STORE_URL", "down");

        assertThat(refusal().kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(refusal().role()).contains(Role.KV);
    }

    @Test
    void anotherServerGetsNoSettingOfTheLiveOne() {
        environment.putAll(Map.of(
                "STORE_PASSWORD", "secret", "STORE_PORT", "7", "STORE_STOP_CMD", "halt", "STORE_PREFIX", "mine"));
        assertThat(scratch().stores().settings())
                .returns("secret", settings -> settings.text("STORE_PASSWORD"))
                .returns("7", settings -> settings.text("STORE_PORT"))
                .returns(null, settings -> settings.text("STORE_STOP_CMD"))
                .returns(NAME, settings -> settings.text("STORE_PREFIX"));

        environment.putAll(Map.of("DRILL_STORE_URL", "two", "DRILL_STORE_PASSWORD_FILE", "/a/file"));

        assertThat(scratch().stores().settings())
                .returns("two", settings -> settings.text("STORE_URL"))
                .returns(null, settings -> settings.text("STORE_PASSWORD"))
                .returns("/a/file", settings -> settings.text("STORE_PASSWORD_FILE"))
                .returns(null, settings -> settings.text("STORE_PORT"))
                .returns(null, settings -> settings.text("STORE_STOP_CMD"))
                .returns(NAME, settings -> settings.text("STORE_PREFIX"));
    }

    @Test
    void storeWithoutASettingForItsPlaceIsRefused() {
        doReturn(List.of()).when(kv.exporter).settings();

        assertThat(refusal())
                .hasMessageContainingAll(
                        "would write to the live kv store", "has no setting that selects another store");
    }
}
