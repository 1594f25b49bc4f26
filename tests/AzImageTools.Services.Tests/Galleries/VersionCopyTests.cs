using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Capture;

namespace AzImageTools.Services.Tests.Galleries;

public sealed class VersionCopyTests
{
    private const string Theirs = "5a4db0c5-0000-4000-8000-000000000002";
    private const string TheirTenant = "5a4db0c5-0000-4000-8000-0000000000bb";
    private const string Version = "?api-version=2024-03-03";
    private const string Definition = """
        {"location":"westeurope","tags":{"team":"core"},"properties":{"osType":"Windows","osState":"Specialized","hyperVGeneration":"V2","architecture":"x64","description":"The base of all.",
        "eula":"https://example.com/eula","recommended":{"vCPUs":{"min":2,"max":16}},"disallowed":{"diskTypes":["Standard_LRS"]},
        "identifier":{"publisher":"Contoso","offer":"Server","sku":"base"},"purchasePlan":{"name":"n","product":"p","publisher":"q"},
        "features":[{"name":"DiskControllerTypes","value":"SCSI, NVMe"},{"name":"IsHibernateSupported","value":"True","startsAtVersion":"2.0.0"}]}}
        """;

    [Fact]
    public async Task A_copy_keeps_all_that_version_and_definition_tell()
    {
        using SandboxSession sandbox = await StartAsync();
        await MakeSourceAsync(sandbox, Definition);
        CapturedImage copy = await CopyAsync(sandbox, sandbox.Session, Request(sandbox, "base", "1.2.3"));

        Assert.Equal(("1.2.3", "copies", "base", 1, "Succeeded"), (copy.Name, copy.GalleryName, copy.GalleryImageDefinitionName, copy.DataDiskCount, copy.ProvisioningState));
        JsonNode definition = await ReadAsync(sandbox, $"{Gallery(sandbox, "copies")}/images/base"), original = await ReadAsync(sandbox, $"{Gallery(sandbox)}/images/base");
        Assert.Equal(Properties(original), Properties(definition));
        Assert.Equal("core", (string?)definition["tags"]!["team"]);

        JsonNode version = await ReadAsync(sandbox, copy.Id);
        Assert.Equal("2040-01-02", ((string)version["properties"]!["publishingProfile"]!["endOfLifeDate"]!)[..10]);
        Assert.True((bool)version["properties"]!["publishingProfile"]!["excludeFromLatest"]!);
        Assert.Equal(
            [("West Europe", 1, "Standard_ZRS", false), ("North Europe", 2, "Standard_LRS", true)],
            version["properties"]!["publishingProfile"]!["targetRegions"]!.AsArray().Select(region => (
                (string)region!["name"]!, (int)region["regionalReplicaCount"]!, (string)region["storageAccountType"]!, (bool?)region["excludeFromLatest"] == true)));
        Assert.Equal("ReadOnly", (string?)version["properties"]!["storageProfile"]!["dataDiskImages"]![0]!["hostCaching"]);
        Assert.Equal(("1", "abc"), ((string?)version["tags"]!["build"], (string?)version["tags"]!["azimagetools-base"]));
        Assert.Null(version["tags"]!["azimagetools-retired"]);
    }

    [Fact]
    public async Task What_is_asked_for_goes_before_what_the_source_has()
    {
        using SandboxSession sandbox = await StartAsync();
        await MakeSourceAsync(sandbox, Definition);
        CapturedImage copy = await CopyAsync(sandbox, sandbox.Session, Request(sandbox, "base", "1.2.3") with
        {
            GalleryImageDefinitionName = "other",
            ImageVersion = "7.0.0",
            Sku = "other",
            TargetRegions = ["northeurope"],
            ReplicaCount = 3,
            EndOfLifeDate = new DateTimeOffset(2041, 1, 2, 0, 0, 0, TimeSpan.Zero),
            ExcludeFromLatest = false,
            Tag = new Dictionary<string, string> { ["build"] = "2" },
        });

        JsonNode version = await ReadAsync(sandbox, copy.Id), definition = await ReadAsync(sandbox, $"{Gallery(sandbox, "copies")}/images/other");
        Assert.Equal(["West Europe", "North Europe"], version["properties"]!["publishingProfile"]!["targetRegions"]!.AsArray().Select(region => (string)region!["name"]!));
        Assert.Equal((3, "2", false), ((int)version["properties"]!["publishingProfile"]!["targetRegions"]![1]!["regionalReplicaCount"]!, (string?)version["tags"]!["build"], (bool)version["properties"]!["publishingProfile"]!["excludeFromLatest"]!));
        Assert.Equal(("Contoso", "other"), ((string?)definition["properties"]!["identifier"]!["publisher"], (string?)definition["properties"]!["identifier"]!["sku"]));
        Assert.All(definition["properties"]!["features"]!.AsArray(), feature => Assert.Null(feature!["startsAtVersion"]));
    }

    [Fact]
    public async Task The_same_copy_again_finds_it_made_or_joins_it()
    {
        using SandboxSession sandbox = await StartAsync();
        VersionCopyRequest request = Request(sandbox, "ubuntu", "1.0.0");
        CapturedImage begun = await CopyAsync(sandbox, sandbox.Session, request with { NoWait = true });
        sandbox.Wire.Changes.Clear();
        Assert.Equal((begun.Id, "Succeeded"), (await CopyAsync(sandbox, sandbox.Session, request)) is var joined ? (joined.Id, joined.ProvisioningState) : default);
        Plan<CapturedImage> again = await PlanAsync(sandbox, sandbox.Session, request);
        Assert.Empty(again.Steps);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_copy_that_another_tool_made_is_one_too_and_another_version_of_its_number_is_none()
    {
        using SandboxSession sandbox = await StartAsync();
        await CopyAsync(sandbox, sandbox.Session, Request(sandbox, "ubuntu", "1.0.0"));
        string made = $"{Gallery(sandbox, "copies")}/images/ubuntu/versions";
        await MakeAsync(sandbox, $"{made}/2.0.0", Body($"{Gallery(sandbox)}/images/ubuntu/versions/1.0.0"));
        Assert.Empty((await PlanAsync(sandbox, sandbox.Session, Request(sandbox, "ubuntu", "1.0.0") with { ImageVersion = "2.0.0" })).Steps);

        await MakeAsync(sandbox, $"{made}/3.0.0", Body($"{made}/1.0.0"));
        ImageServiceException taken = await Assert.ThrowsAsync<ImageServiceException>(() => PlanAsync(sandbox, sandbox.Session, Request(sandbox, "ubuntu", "1.0.0") with { ImageVersion = "3.0.0" }));
        Assert.Equal("ImageVersionAlreadyExists", taken.ErrorId);
        Assert.Contains("-DestinationImageVersion", taken.Remedy, StringComparison.Ordinal);
        Assert.Equal("CopyOntoItself", (await Assert.ThrowsAsync<ImageServiceException>(() => PlanAsync(sandbox, sandbox.Session, Request(sandbox, "ubuntu", "1.0.0") with { GalleryName = SandboxSession.Gallery }))).ErrorId);
        Assert.Contains("-DestinationResourceGroupName", (await Assert.ThrowsAsync<ImageServiceException>(() => PlanAsync(sandbox, sandbox.Session, Request(sandbox, "ubuntu", "1.0.0") with { GalleryName = "nosuch" }))).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Into_another_tenant_goes_a_copy_with_a_second_sign_in_alone()
    {
        using SandboxSession sandbox = await StartAsync();
        string theirs = Gallery(sandbox, "theirs").Replace(sandbox.Session.Context.SubscriptionId, Theirs, StringComparison.Ordinal);
        await MakeAsync(sandbox, theirs, """{"location":"westeurope"}""");
        using ImageSession source = await SignInAsync(sandbox, sandbox.Cloud.TenantId);
        using ImageSession destination = await SignInAsync(sandbox, TheirTenant);
        VersionCopyRequest request = Request(sandbox, "ubuntu", "1.0.0") with { GalleryName = "theirs" };
        Assert.Equal(Theirs, destination.Context.SubscriptionId);

        ImageServiceException unseen = await Assert.ThrowsAsync<ImageServiceException>(() => new VersionCopyService(destination, destination).PlanAsync(request, sandbox.Context));
        Assert.Equal("InvalidAuthenticationTokenTenant", unseen.ErrorId);

        CapturedImage copy = await PlanRunner.RunAsync(await new VersionCopyService(source, destination).PlanAsync(request, sandbox.Context), sandbox.Context);
        Assert.Equal((Theirs, "theirs", "ubuntu", "Succeeded"), (copy.SubscriptionId, copy.GalleryName, copy.GalleryImageDefinitionName, copy.ProvisioningState));
        Assert.Empty((await new VersionCopyService(source, destination).PlanAsync(request, sandbox.Context)).Steps);
    }

    [Fact]
    public async Task An_encrypted_version_stays_in_its_subscription_and_changes_nothing()
    {
        using SandboxSession sandbox = await StartAsync();
        string set = $"{Group(sandbox)}/providers/Microsoft.Compute/diskEncryptionSets/keys", encrypted = $"{Gallery(sandbox)}/images/ubuntu/versions/3.0.0";
        sandbox.Put($"{set}?api-version=2023-04-02", """{"location":"westeurope","identity":{"type":"SystemAssigned"},"properties":{"activeKey":{"keyUrl":"https://sandbox.vault.azure.net/keys/k/1"}}}""");
        JsonNode body = JsonNode.Parse(Body($"{Gallery(sandbox)}/images/ubuntu/versions/1.0.0"))!;
        body["properties"]!["publishingProfile"] = JsonNode.Parse($$"""{"targetRegions":[{"name":"westeurope","encryption":{"osDiskImage":{"diskEncryptionSetId":"{{set}}"} } }]}""");
        await MakeAsync(sandbox, encrypted, body.ToJsonString());
        ImageSession there = await sandbox.Session.InSubscriptionAsync(Theirs, sandbox.Context);

        ImageServiceException refused = await Assert.ThrowsAsync<ImageServiceException>(() => PlanAsync(sandbox, there, Request(sandbox, "ubuntu", "3.0.0")));
        Assert.Equal("EncryptedVersionInAnotherSubscription", refused.ErrorId);
        Assert.NotEmpty(refused.Remedy);
        CapturedImage copy = await CopyAsync(sandbox, sandbox.Session, Request(sandbox, "ubuntu", "3.0.0"));
        Assert.Equal(set, (string?)(await ReadAsync(sandbox, copy.Id))["properties"]!["publishingProfile"]!["targetRegions"]![0]!["encryption"]!["osDiskImage"]!["diskEncryptionSetId"]);
    }

    [Fact]
    public async Task Of_several_copies_all_are_begun_before_one_is_waited_for_and_one_that_fails_stops_none()
    {
        using SandboxSession sandbox = await StartAsync(polls: 3);
        string source = $"{Gallery(sandbox)}/images/ubuntu/versions";
        await MakeAsync(sandbox, $"{source}/1.0.1", Body($"{source}/1.0.0"));
        sandbox.Wire.Changes.Clear();
        List<string> reads = [];
        sandbox.Wire.Alter = (path, _) => reads.Add(path);
        VersionCopyService service = new(sandbox.Session, sandbox.Session);
        VersionCopyBatch batch = await VersionCopyBatch.PlanAsync(
            [(service, Request(sandbox, "ubuntu", "1.0.0")), (service, Request(sandbox, "ubuntu", "9.9.9")), (service, Request(sandbox, "ubuntu", "1.0.1"))], sandbox.Context);
        Assert.Equal(2, batch.Count);
        Assert.Equal("ImageVersionNotFound", Assert.IsType<ImageServiceException>(Assert.Single(batch.Refused)).ErrorId);
        Assert.Contains("1.0.1", batch.ToString(), StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);

        List<CapturedImage> made = [];
        List<string> states = [];
        await batch.RunAsync(
            waits: true,
            copy =>
            {
                made.Add(copy);
                states.Add(string.Join(" ", sandbox.Wire.Changes.Select(change => change.Path[(change.Path.LastIndexOf('/') + 1)..])));
                return Task.CompletedTask;
            },
            problem => throw problem,
            sandbox.Context);
        Assert.Equal(["1.0.0", "1.0.1"], made.Select(copy => copy.Name));
        Assert.All(made, copy => Assert.Equal("Succeeded", copy.ProvisioningState));
        Assert.Equal("ubuntu 1.0.0 1.0.1", states[0]);
    }

    [Fact]
    public async Task An_end_of_life_that_is_over_is_left_out_and_told()
    {
        using SandboxSession sandbox = await StartAsync();
        sandbox.Wire.AlterAt("/images/ubuntu/versions/1.0.0", document => document["properties"]!["publishingProfile"]!["endOfLifeDate"] = "2020-01-02T00:00:00Z");
        CapturedImage copy = await CopyAsync(sandbox, sandbox.Session, Request(sandbox, "ubuntu", "1.0.0"));
        Assert.Contains(sandbox.Log.Warnings, warning => warning.Contains("2020-01-02", StringComparison.Ordinal));
        Assert.Null((await ReadAsync(sandbox, copy.Id))["properties"]!["publishingProfile"]!["endOfLifeDate"]);
    }

    private static IEnumerable<string> Properties(JsonNode document) => document["properties"]!.AsObject().Select(property => $"{property.Key}: {property.Value?.ToJsonString()}").Order(StringComparer.Ordinal);

    private static string Group(SandboxSession sandbox) => $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}";

    private static string Gallery(SandboxSession sandbox, string name = SandboxSession.Gallery) => $"{Group(sandbox)}/providers/Microsoft.Compute/galleries/{name}";

    private static string Body(string source) => $$"""{"location":"westeurope","properties":{"storageProfile":{"source":{"id":"{{source}}"} } } }""";

    private static VersionCopyRequest Request(SandboxSession sandbox, string definition, string number)
        => new() { SourceId = $"{Gallery(sandbox)}/images/{definition}/versions/{number}", GalleryName = "copies" };

    private static Task<Plan<CapturedImage>> PlanAsync(SandboxSession sandbox, ImageSession destination, VersionCopyRequest request)
        => new VersionCopyService(sandbox.Session, destination).PlanAsync(request, sandbox.Context);

    private static async Task<CapturedImage> CopyAsync(SandboxSession sandbox, ImageSession destination, VersionCopyRequest request)
        => await PlanRunner.RunAsync(await PlanAsync(sandbox, destination, request), sandbox.Context);

    private static Task<ImageSession> SignInAsync(SandboxSession sandbox, string tenant)
        => ImageSession.ConnectAsync(new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = sandbox.Cloud.CreateHandler(), TenantId = tenant }, OperationContext.None);

    private static async Task<SandboxSession> StartAsync(int polls = 0)
    {
        SandboxSession sandbox = await SandboxSession.StartAsync(new SandboxOptions { OperationPolls = polls, OtherSubscriptions = [new SandboxSubscription { SubscriptionId = Theirs, TenantId = TheirTenant }] });
        await MakeAsync(sandbox, Gallery(sandbox, "copies"), """{"location":"westeurope"}""");
        return sandbox;
    }

    /// <summary>A version with all that a version can have.</summary>
    private static async Task MakeSourceAsync(SandboxSession sandbox, string definition)
    {
        string disks = $"{Group(sandbox)}/providers/Microsoft.Compute/disks";
        await MakeAsync(sandbox, $"{Gallery(sandbox)}/images/base", definition);
        await MakeAsync(sandbox, $"{Gallery(sandbox)}/images/base/versions/1.2.3", $$"""
            {"location":"westeurope","tags":{"build":"1","azimagetools-base":"abc","azimagetools-retired":"2026-01-01"},"properties":{
            "publishingProfile":{"endOfLifeDate":"2040-01-02T00:00:00Z","excludeFromLatest":true,"targetRegions":[
              {"name":"westeurope","storageAccountType":"Standard_ZRS"},{"name":"northeurope","regionalReplicaCount":2,"excludeFromLatest":true}]},
            "storageProfile":{"osDiskImage":{"source":{"id":"{{disks}}/win-vm_OsDisk_1"},"hostCaching":"ReadWrite"},
              "dataDiskImages":[{"lun":4,"source":{"id":"{{disks}}/win-vm_DataDisk_0"},"hostCaching":"ReadOnly"}]} } }
            """);
    }

    /// <summary>Makes something; time passes by questions.</summary>
    private static async Task MakeAsync(SandboxSession sandbox, string id, string body)
    {
        sandbox.Put(id + Version, body);
        for (int poll = 0; poll < 50; poll++)
        {
            if ((string?)(await ReadAsync(sandbox, id))["properties"]!["provisioningState"] == "Succeeded")
            {
                return;
            }
        }

        Assert.Fail($"{id} is not made.");
    }

    private static async Task<JsonNode> ReadAsync(SandboxSession sandbox, string id)
    {
        using HttpClient client = sandbox.CreateClient();
        return JsonNode.Parse(await client.GetStringAsync(new Uri("https://management.azure.com" + id + Version)))!;
    }
}
