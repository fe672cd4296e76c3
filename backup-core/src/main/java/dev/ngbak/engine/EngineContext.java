package dev.ngbak.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.Consumer;

/**
 * What every task of the engine works with.
 *
 * @param journalListener called before and after each step of a restore journal, for tests
 */
record EngineContext(
        ArchiveFolder folder,
        EngineSettings settings,
        StoreRegistry stores,
        Clock clock,
        Consumer<String> journalListener) {

    /** Verifies an archive and keeps the outcome, if it is an archive of the repository. */
    VerifiedArchive verify(Path archive, Job job) throws IOException {
        return folder.verifications().keep(archive, () -> ArchiveVerifier.run(archive, stores, job));
    }

    /** Returns the hooks that pause and resume writers. */
    Hooks hooks() {
        return new Hooks(settings, folder.work());
    }

    /** Returns the copy of the configuration for a new archive, without secrets. */
    String configCopy() throws IOException {
        return ConfigCopy.of(stores.settings(), settings.configFile());
    }
}
