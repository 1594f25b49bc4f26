using System.Text;
using System.Text.Json.Nodes;
using CsCheck;

namespace AzImageTools.Sandbox.Tests;

public sealed class MalformedRequestTests : IDisposable
{
    private const string Compute = "/providers/Microsoft.Compute/";
    private const string Network = "../Microsoft.Network/";
    private const string Locks = "../Microsoft.Authorization/locks/";

    private static readonly (string Path, string Body)[] Puts =
    [
        ("disks/d", """{"location":"westeurope","sku":{"name":"Premium_LRS"},"properties":{"osType":"Linux","creationData":{"createOption":"Upload","uploadSizeBytes":25166336}}}"""),
        ("disks/d", """{"location":"westeurope","properties":{"diskSizeGB":1,"creationData":{"createOption":"Empty"}}}"""),
        ("disks/d", """{"location":"westeurope","properties":{"creationData":{"createOption":"Copy","sourceResourceId":"GROUP/providers/Microsoft.Compute/disks/win-vm_OsDisk_1"}}}"""),
        ("disks/d", """{"location":"westeurope","properties":{"creationData":{"createOption":"FromImage","galleryImageReference":{"id":"GROUP/providers/Microsoft.Compute/galleries/sandboxGallery/images/ubuntu/versions/1.0.0"}}}}"""),
        ("disks/d", """{"location":"westeurope","properties":{"creationData":{"createOption":"Import","sourceUri":"https://sandboximages.blob.core.windows.net/vhds/a.vhd"}}}"""),
        ("snapshots/s", """{"location":"westeurope","properties":{"creationData":{"createOption":"Copy","sourceResourceId":"GROUP/providers/Microsoft.Compute/disks/win-vm_OsDisk_1"}}}"""),
        ("images/i", """{"location":"westeurope","tags":{"a":"b"},"properties":{"hyperVGeneration":"V2","sourceVirtualMachine":{"id":"GROUP/providers/Microsoft.Compute/virtualMachines/win-vm"}}}"""),
        ("images/i", """{"location":"westeurope","properties":{"hyperVGeneration":"V2","storageProfile":{"osDisk":{"osType":"Windows","osState":"Generalized","managedDisk":{"id":"GROUP/providers/Microsoft.Compute/disks/win-vm_OsDisk_1"}},"dataDisks":[{"lun":1,"blobUri":"https://sandboximages.blob.core.windows.net/vhds/a.vhd"}]}}}"""),
        ("virtualMachines/v", """{"location":"westeurope","plan":{"name":"x"},"properties":{"hardwareProfile":{"vmSize":"Standard_D2s_v5"},"osProfile":{"computerName":"v"},"networkProfile":{"networkInterfaces":[{"id":"GROUP/providers/Microsoft.Network/networkInterfaces/free-nic"}]},"storageProfile":{"imageReference":{"publisher":"Canonical","offer":"ubuntu-24_04-lts","sku":"server","version":"latest"},"osDisk":{"createOption":"FromImage","managedDisk":{"storageAccountType":"Standard_LRS"}},"dataDisks":[{"lun":0,"createOption":"Empty","diskSizeGB":1}]}}}"""),
        ("galleries/g", """{"location":"westeurope","properties":{"description":"x"}}"""),
        ("galleries/sandboxGallery/images/def", """{"location":"westeurope","properties":{"osType":"Windows","osState":"Generalized","hyperVGeneration":"V2","identifier":{"publisher":"p","offer":"o","sku":"s"},"features":[{"name":"SecurityType","value":"TrustedLaunch"}]}}"""),
        ("galleries/sandboxGallery/images/ubuntu/versions/2.0.0", """{"location":"westeurope","properties":{"publishingProfile":{"targetRegions":[{"name":"westeurope","regionalReplicaCount":1}]},"storageProfile":{"osDiskImage":{"source":{"id":"GROUP/providers/Microsoft.Compute/disks/linux-vm_OsDisk_1"}},"dataDiskImages":[{"lun":1,"source":{"id":"GROUP/providers/Microsoft.Compute/disks/win-vm_DataDisk_0"}}]}}}"""),
        ("galleries/sandboxGallery/images/ubuntu/versions/2.0.2", """{"location":"westeurope","properties":{"publishingProfile":{"endOfLifeDate":"2999-01-01","targetRegions":[{"name":"westeurope","encryption":{"osDiskImage":{"diskEncryptionSetId":"GROUP/providers/Microsoft.Compute/diskEncryptionSets/s"},"dataDiskImages":[{"lun":0,"diskEncryptionSetId":"GROUP/providers/Microsoft.Compute/diskEncryptionSets/s"}]}}]},"storageProfile":{"source":{"id":"GROUP/providers/Microsoft.Compute/virtualMachines/linux-vm"}}}}"""),
        ("galleries/sandboxGallery/images/ubuntu/versions/2.0.1", """{"location":"westeurope","properties":{"storageProfile":{"source":{"id":"GROUP/providers/Microsoft.Compute/virtualMachines/linux-vm"}}}}"""),
        (Network + "virtualNetworks/v", """{"location":"westeurope","properties":{"addressSpace":{"addressPrefixes":["10.1.0.0/16"]},"subnets":[{"name":"a","properties":{"addressPrefix":"10.1.0.0/24","networkSecurityGroup":{"id":"GROUP/providers/Microsoft.Network/networkSecurityGroups/g"}}}]}}"""),
        (Network + "virtualNetworks/sandbox-vnet/subnets/s", """{"properties":{"addressPrefix":"10.0.1.0/24","defaultOutboundAccess":false}}"""),
        (Network + "networkInterfaces/n", """{"location":"westeurope","properties":{"ipConfigurations":[{"name":"a","properties":{"privateIPAllocationMethod":"Static","privateIPAddress":"10.0.0.9","subnet":{"id":"GROUP/providers/Microsoft.Network/virtualNetworks/sandbox-vnet/subnets/default"}}}]}}"""),
        (Network + "publicIPAddresses/p", """{"location":"westeurope","sku":{"name":"Standard"},"properties":{"publicIPAllocationMethod":"Static"}}"""),
        (Network + "networkSecurityGroups/g", """{"location":"westeurope","properties":{"securityRules":[]}}"""),
        (Locks + "l", """{"properties":{"level":"CanNotDelete","notes":"x"}}"""),
    ];

    private static readonly (string Path, string Body)[] Patches =
    [
        ("virtualMachines/win-vm", """{"tags":{"a":"b"},"properties":{"hardwareProfile":{"vmSize":"Standard_D2s_v5"},"storageProfile":{"osDisk":{"managedDisk":{"id":"GROUP/providers/Microsoft.Compute/disks/win-vm_OsDisk_1"}},"dataDisks":[{"lun":0,"createOption":"Attach","diskSizeGB":4,"managedDisk":{"id":"GROUP/providers/Microsoft.Compute/disks/win-vm_DataDisk_0"}},{"lun":1,"createOption":"Empty","diskSizeGB":1,"toBeDetached":false}]},"networkProfile":{"networkInterfaces":[{"id":"GROUP/providers/Microsoft.Network/networkInterfaces/win-vm-nic","properties":{"deleteOption":"Detach"}}]}}}"""),
        ("galleries/sandboxGallery/images/ubuntu/versions/1.0.0", """{"tags":{"a":"b"},"properties":{"publishingProfile":{"endOfLifeDate":"2999-01-01","replicaCount":1,"targetRegions":[{"name":"westeurope","regionalReplicaCount":1}]},"safetyProfile":{"allowDeletionOfReplicatedLocations":false}}}"""),
        ("disks/win-vm_DataDisk_0", """{"tags":{"a":"b"},"sku":{"name":"Standard_LRS"},"properties":{"diskSizeGB":4}}"""),
    ];

    private static readonly string[] Replacements = ["null", "7", "-1", "1e99", "\"\"", "\"x\"", "[]", "{}", "[null]", "[7]", "[{}]", "true", "9223372036854775807", "\"https://\"", "\"/a/b\""];

    private readonly SandboxClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public void A_body_with_any_value_replaced_gets_an_answer()
    {
        _client.PageBlob("a.vhd").Create((1 << 20) + 512);
        var statuses = new SortedSet<int>();
        foreach (var (address, body) in Replaced(Puts))
        {
            using var response = Send("PUT", address, body);
            statuses.Add((int)response.StatusCode);
            Assert.InRange((int)response.StatusCode, 200, 499);
            using var deleted = Send("DELETE", address, null);
            Assert.InRange((int)deleted.StatusCode, 200, 499);
        }

        Assert.Superset(new SortedSet<int> { 201, 202, 400 }, statuses);
    }

    [Fact]
    public void A_change_with_any_value_replaced_gets_an_answer_and_leaves_what_can_be_read()
    {
        foreach (var (address, body) in Replaced(Patches))
        {
            using var response = Send("PATCH", address, body);
            Assert.InRange((int)response.StatusCode, 200, 499);
            for (var polls = 0; polls < 3; polls++)
            {
                using var read = Send("GET", address, null);
                Assert.Equal(200, (int)read.StatusCode);
            }
        }
    }

    [Fact]
    public void Requests_of_any_shape_to_storage_get_an_answer()
    {
        string[] methods = ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "OPTIONS"];
        string[] paths = ["", "/", "//", "vhds", "vhds/", "vhds/a.vhd", "vhds/%2e%2e/a", "nosuch/a", "%zz/b"];
        string[] queries = ["", "comp=page", "comp=pagelist", "comp=pagelist&maxresults=0", "comp=pagelist&marker=x", "comp=lease", "comp=properties", "comp=metadata", "comp=list", "restype=container", "restype=container&comp=list&delimiter=/", "comp=nonsense", "sig=x&sr=b&se=x", "&&=&"];
        (string, string)[] headers =
        [
            ("x-ms-range", "bytes=0-511"), ("x-ms-range", "bytes=512-0"), ("x-ms-range", "bytes=9223372036854775807-9223372036854775807"), ("x-ms-range", "lines=1-2"),
            ("x-ms-page-write", "update"), ("x-ms-page-write", "clear"), ("x-ms-lease-action", "acquire"), ("x-ms-lease-action", "break"), ("x-ms-lease-duration", "-1"), ("x-ms-lease-duration", "20"),
            ("x-ms-lease-break-period", "99999999999"), ("x-ms-blob-type", "PageBlob"), ("x-ms-blob-content-length", "1024"), ("x-ms-blob-content-length", "-512"),
            ("x-ms-blob-content-length", "9223372036854775807"), ("x-ms-meta-1x", "y"), ("x-ms-sequence-number-action", "max"), ("If-Match", "*"), ("If-None-Match", "\""), ("x-ms-blob-content-type", "text/ plain"),
        ];
        _client.PageBlob("a.vhd").Create(1024);
        Gen.Select(OneOf(methods), OneOf(paths), OneOf(queries), OneOf(headers).Array[0, 4], OneOf(0, 511, 512, 1024)).Sample(
            request =>
            {
                var (method, path, query, chosen, length) = request;
                var all = chosen.DistinctBy(header => header.Item1).ToArray();
                var content = method is "PUT" or "POST" ? new ByteArrayContent(new byte[length]) : null;
                using var response = _client.Send(method, "https://sandboximages.blob.core.windows.net/" + path + "?" + query, content, all).GetAwaiter().GetResult();
                var status = (int)response.StatusCode;
                Assert.True(status is (>= 200 and < 500) or 501, $"{status} {response.ReasonPhrase}");
            },
            iter: 5000,
            threads: 1);
    }

    /// <summary>Each request with each of its values replaced by each replacement.</summary>
    private IEnumerable<(string Address, string Body)> Replaced((string Path, string Body)[] requests)
    {
        foreach (var (path, body) in requests)
        {
            var address = _client.GroupPath + Compute + path + "?api-version=" + VersionOf(path);
            var whole = body.Replace("GROUP", _client.GroupPath, StringComparison.Ordinal);
            var places = JsonPlaces.Of(JsonNode.Parse(whole)).Count();
            for (var place = 0; place < places; place++)
            {
                foreach (var replacement in Replacements)
                {
                    var document = JsonNode.Parse(whole);
                    JsonPlaces.Of(document).ElementAt(place)(JsonNode.Parse(replacement));
                    yield return (address, document!.ToJsonString());
                }
            }
        }
    }

    private static string VersionOf(string path)
    {
        return path.StartsWith(Network, StringComparison.Ordinal) ? "2025-05-01" : path.StartsWith(Locks, StringComparison.Ordinal) ? "2020-05-01" : path.Split('/')[0] switch
        {
            "disks" or "snapshots" => "2023-04-02",
            "galleries" => "2022-03-03",
            _ => "2023-07-01",
        };
    }

    private static Gen<T> OneOf<T>(params T[] values)
    {
        return Gen.Int[0, values.Length - 1].Select(index => values[index]);
    }

    private HttpResponseMessage Send(string method, string path, string? body)
    {
        return _client.Send(method, path, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json")).GetAwaiter().GetResult();
    }
}
