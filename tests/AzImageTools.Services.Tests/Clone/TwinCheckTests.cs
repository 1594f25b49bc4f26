using System.Text.Json.Nodes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Services.Clone;
using AzImageTools.Services.Tests.Generalize;

namespace AzImageTools.Services.Tests.Clone;

/// <summary>What must not have a twin is told by what the guest holds.</summary>
public sealed class TwinCheckTests
{
    private const string Instances = @"SOFTWARE\Microsoft\Microsoft SQL Server\Instance Names\SQL";
    private const string Hadr = @"SOFTWARE\Microsoft\Microsoft SQL Server\MSSQL16.SALES\MSSQLServer\HADR";

    [Fact]
    public void A_server_of_no_such_role_may_have_one()
        => Assert.Empty(Find(Windows()));

    [Fact]
    public void A_domain_controller_may_not()
        => Assert.Equal(["a domain controller"], Find(Windows(registry => registry[@"SYSTEM\CurrentControlSet\Control\ProductOptions"] = Values(("ProductType", "LanmanNT")))));

    [Theory]
    [InlineData(2, 1)]
    [InlineData(4, 0)]
    public void A_cluster_s_node_may_not_and_a_server_with_the_feature_alone_may(int start, int found)
        => Assert.Equal(found, Find(Windows(registry => registry[@"SYSTEM\CurrentControlSet\Services\ClusSvc"] = Values(("Start", start)))).Count);

    [Fact]
    public void The_database_of_a_cluster_tells_its_node()
        => Assert.Equal(["a node of a failover cluster"], Find(Windows(change: null, files => files["Windows/Cluster/CLUSDB"] = new JsonObject { ["length"] = 262144 })));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0, 0)]
    public void A_sql_server_of_availability_groups_may_not_and_another_may(int isEnabled, int found)
        => Assert.Equal(found, Find(Windows(registry =>
        {
            registry[Instances] = new JsonObject { ["values"] = new JsonObject { ["SALES"] = "MSSQL16.SALES" }, ["names"] = "*" };
            registry[Hadr] = Values(("HADR_Enabled", isEnabled));
        })).Count);

    [Fact]
    public void What_the_disk_does_not_show_is_not_taken_for_absent()
        => Assert.Throws<EvidenceUnavailableException>(() => Find(new JsonObject { ["system"] = "windows", ["machine"] = "vm" }));

    [Theory]
    [InlineData("etc/corosync/corosync.conf", "totem {", "a node of a cluster (corosync, pacemaker)")]
    [InlineData("var/lib/pacemaker/cib/cib.xml", "<cib/>", "a node of a cluster (corosync, pacemaker)")]
    [InlineData("var/opt/mssql/mssql.conf", "hadrenabled = 1", "a SQL Server of availability groups")]
    [InlineData("var/opt/mssql/mssql.conf", "hadrenabled = 0", null)]
    [InlineData("etc/samba/smb.conf", "  server role = active directory domain controller", "a domain controller (Samba)")]
    [InlineData("etc/samba/smb.conf", "server role = member server", null)]
    [InlineData("etc/samba/smb.conf", "# server role = domain controller", null)]
    public void A_linux_tells_by_its_files(string path, string line, string? expected)
    {
        JsonObject files = new()
        {
            ["etc/corosync/corosync.conf"] = null,
            ["var/lib/pacemaker/cib/cib.xml"] = null,
            ["var/opt/mssql/mssql.conf"] = null,
            ["etc/samba/smb.conf"] = null,
            [path] = new JsonObject { ["length"] = line.Length, ["lines"] = new JsonArray(line) },
        };

        Assert.Equal(expected is null ? [] : [expected], Find(new JsonObject { ["system"] = "linux", ["machine"] = "vm", ["files"] = files }));
    }

    private static IReadOnlyList<string> Find(JsonObject evidence) => TwinCheck.Find(EvidenceGuest.Parse(string.Concat(EvidenceText.Print(evidence.ToJsonString()))));

    private static JsonObject Windows(Action<JsonObject>? change = null, Action<JsonObject>? changeFiles = null)
    {
        JsonObject registry = new()
        {
            [@"SYSTEM\CurrentControlSet\Control\ProductOptions"] = Values(("ProductType", "ServerNT")),
            [@"SYSTEM\CurrentControlSet\Services\ClusSvc"] = null,
            [Instances] = null,
        };
        JsonObject files = new() { ["Windows/Cluster/CLUSDB"] = null };
        change?.Invoke(registry);
        changeFiles?.Invoke(files);
        return new JsonObject { ["system"] = "windows", ["machine"] = "vm", ["registry"] = registry, ["files"] = files };
    }

    private static JsonObject Values(params (string Name, JsonNode Data)[] values)
        => new() { ["values"] = new JsonObject([.. values.Select(value => KeyValuePair.Create(value.Name, (JsonNode?)value.Data))]) };
}
