package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArchivedRecordsTest extends ThreeStores {

    @Test
    void storeThatTheVerificationCouldNotDecodeIsNotReadAgain() throws IOException {
        ArchiveInfo info = manager().create("b", null, new Job());
        ReadableArchive archive = mock(ReadableArchive.class);
        Set<Role> decoded = EnumSet.of(Role.GRAPH, Role.KV);
        VerifiedArchive verified =
                new VerifiedArchive(archive, new VerificationReport(info, decoded, List.of()), Set.of());
        StoreRegistry stores = new StoreRegistry(Settings.of(environment), List.of(), List.of(vector.restorer));

        Optional<String> reason =
                new ArchivedRecords(verified, stores, new Job()).visit(Role.VECTOR, new RecordVisitor() {});

        assertThat(reason).hasValueSatisfying(text -> assertThat(text).contains("vector", "can read"));
        verify(archive, never()).read(anyLong());
    }
}
