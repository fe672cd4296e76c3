package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ClusterTopologyTest {

    private static final String SECOND = "bbb 10.0.0.2:6379@16379 master - 0 1700000000000 2 connected 8192-16383\n";
    private static final String REPLICA = "ccc 10.0.0.3:6379@16379 slave bbb 0 1700000000000 2 connected\n";

    private static String first(String flags, int epoch, String slots) {
        return "aaa 10.0.0.1:6379@16379,host-1 " + flags + " - 0 1699999999999 " + epoch + " connected" + slots + "\n";
    }

    @Test
    void repliesThatDifferOnlyInTimesAndInWhoSentThemAreStable() {
        ClusterTopology one = ClusterTopology.parse(List.of(
                first("myself,master", 1, " 0-8191") + SECOND + REPLICA, SECOND + first("master", 1, " 0-8191")));
        ClusterTopology later = ClusterTopology.parse(List.of(
                SECOND.replace("17000", "17001") + first("myself,master", 1, " 0-8191"),
                first("master", 1, " 0-8191") + SECOND));
        assertThat(one.problem()).isEmpty();
        assertThat(later).isEqualTo(one);
    }

    @Test
    void aSlotThatMovedAwayAndBackMakesADifference() {
        String before = first("myself,master", 1, " 0-8191") + SECOND;
        String after = first("myself,master", 3, " 0-8191") + SECOND;
        assertThat(ClusterTopology.parse(List.of(before))).isNotEqualTo(ClusterTopology.parse(List.of(after)));
    }

    @Test
    void aSlotThatIsSentOrReceivedIsAProblem() {
        for (String open : List.of(" [866->-bbb]", " [866-<-bbb]")) {
            assertThat(ClusterTopology.parse(List.of(first("myself,master", 1, " 0-8191" + open) + SECOND))
                            .problem())
                    .contains("slot 866 is being moved from one node to another");
        }
    }

    @Test
    void slotsWithoutAMasterAreAProblem() {
        assertThat(ClusterTopology.parse(List.of(first("myself,master", 1, " 0 2-8191") + SECOND))
                        .problem())
                .contains("no node serves 1 of its 16384 slots");
        assertThat(ClusterTopology.parse(List.of(first("myself,master", 1, ""))).problem())
                .contains("no node serves 16384 of its 16384 slots");
    }

    @Test
    void mastersThatDisagreeAreAProblem() {
        ClusterTopology topology = ClusterTopology.parse(List.of(
                first("myself,master", 1, " 0-8191") + SECOND,
                first("master", 1, " 0-8190") + SECOND.replace("8192-", "8191-")));
        assertThat(topology.problem())
                .hasValueSatisfying(problem -> assertThat(problem).contains("do not agree"));
    }
}
