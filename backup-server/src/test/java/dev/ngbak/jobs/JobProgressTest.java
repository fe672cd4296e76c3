package dev.ngbak.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.Job.StoreProgress;
import dev.ngbak.jobs.JobProgress.Total;
import dev.ngbak.spi.Role;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tests how the progress of the stores is combined. */
class JobProgressTest {

    private static Total total(Map<Role, StoreProgress> stores) {
        return new JobProgress("exporting", stores).total();
    }

    @Test
    void withoutStoresThereIsNoTotal() {
        assertThat(total(Map.of())).isEqualTo(new Total(0, null, null));
    }

    @Test
    void storesWithTheSameUnitAreAdded() {
        assertThat(total(Map.of(
                        Role.GRAPH, new StoreProgress(2, 10, "records"), Role.KV, new StoreProgress(5, 7, "records"))))
                .isEqualTo(new Total(7, 17L, "records"));
    }

    @Test
    void totalIsUnknownIfOneStoreDoesNotKnowItsTotal() {
        assertThat(total(Map.of(
                        Role.GRAPH, new StoreProgress(2, 10, "records"), Role.KV, new StoreProgress(5, -1, "records"))))
                .isEqualTo(new Total(7, null, "records"));
    }

    @Test
    void storesWithDifferentUnitsAreCountedWhenTheyHaveFinished() {
        assertThat(total(Map.of(
                        Role.GRAPH, new StoreProgress(10, 10, "records"),
                        Role.VECTOR, new StoreProgress(3, 9, "bytes"),
                        Role.KV, new StoreProgress(5, -1, "records"))))
                .isEqualTo(new Total(1, 3L, "stores"));
    }
}
