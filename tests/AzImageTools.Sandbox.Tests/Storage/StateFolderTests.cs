using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Sandbox.Tests.Arm;
using AzImageTools.TestKit;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Sandbox.Tests.Storage;

public sealed class StateFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string State => Path.Combine(_folder.FullName, "cloud");

    private string StateJson => Path.Combine(State, "state.json");

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task Everything_of_a_cloud_is_there_in_the_next_one()
    {
        string id, key, sas, lease, snapshot;
        DateTimeOffset? created;
        using (var client = Open())
        {
            id = client.Cloud.Id;
            key = (await client.ListKeys())[0];
            await client.Blobs.CreateBlobContainerAsync("more", metadata: new Dictionary<string, string> { ["a"] = "b" });
            var pages = client.PageBlob("disk.vhd");
            await pages.CreateAsync(1 << 20, new PageBlobCreateOptions { SequenceNumber = 7, Metadata = new Dictionary<string, string> { ["c"] = "d" } });
            await pages.UploadPagesAsync(new MemoryStream(Enumerable.Repeat((byte)1, 1024).ToArray()), 4096);
            snapshot = (await pages.CreateSnapshotAsync()).Value.Snapshot;
            await pages.UploadPagesAsync(new MemoryStream(Enumerable.Repeat((byte)2, 512).ToArray()), 4096);
            lease = (await pages.GetBlobLeaseClient().AcquireAsync(BlobLeaseClient.InfiniteLeaseDuration)).Value.LeaseId;
            var container = client.Blobs.GetBlobContainerClient("more");
            await container.GetBlockBlobClient("blocks").StageBlockAsync("AAAA", new MemoryStream(new byte[10]));
            await container.GetBlockBlobClient("blocks").CommitBlockListAsync(["AAAA"]);
            await container.GetBlockBlobClient("blocks").StageBlockAsync("BBBB", new MemoryStream(new byte[20]));
            await container.GetAppendBlobClient("log").CreateAsync();
            await container.GetAppendBlobClient("log").AppendBlockAsync(new MemoryStream("one"u8.ToArray()));
            sas = await Grant(client);
            var machine = client.Group.GetVirtualMachine("linux-vm").Value;
            await SandboxClient.Finish(await machine.DeallocateAsync(WaitUntil.Started));
            await machine.GeneralizeAsync();
            created = await Created(client);
        }

        using (var client = Open())
        {
            Assert.Equal(id, client.Cloud.Id);
            Assert.NotNull(created);
            Assert.Equal(created, await Created(client));
            Assert.Equal(key, (await client.ListKeys())[0]);
            var pages = client.PageBlob("disk.vhd");
            var properties = (await pages.GetPropertiesAsync()).Value;
            Assert.Equal((7L, "d", LeaseState.Leased), (properties.BlobSequenceNumber, properties.Metadata["c"], properties.LeaseState));
            Assert.Equal([new HttpRange(4096, 1024)], await pages.GetAllPageRangesAsync().Select(item => item.Range));
            Assert.Equal((byte)2, (await pages.DownloadContentAsync()).Value.Content.ToArray()[4096]);
            Assert.Equal((byte)1, (await pages.WithSnapshot(snapshot).DownloadContentAsync()).Value.Content.ToArray()[4096]);
            Assert.Equal([new HttpRange(4096, 512)], await pages.GetAllPageRangesDiffAsync(new GetPageRangesDiffOptions { PreviousSnapshot = snapshot }).Select(item => item.Range));
            Assert.Equal((412, "LeaseIdMissing"), await AccountAccess.Refused(() => pages.UploadPagesAsync(new MemoryStream(new byte[512]), 0)));
            await pages.GetBlobLeaseClient(lease).ReleaseAsync();
            var blocks = (await client.Blobs.GetBlobContainerClient("more").GetBlockBlobClient("blocks").GetBlockListAsync(BlockListTypes.All)).Value;
            Assert.Equal((10L, 20L), (blocks.CommittedBlocks.Single().SizeLong, blocks.UncommittedBlocks.Single().SizeLong));
            Assert.Equal(1, (await client.Blobs.GetBlobContainerClient("more").GetAppendBlobClient("log").GetPropertiesAsync()).Value.BlobCommittedBlockCount);
            Assert.Equal((4L << 30) + 512, (await client.PageBlob(new Uri(sas)).GetPropertiesAsync()).Value.ContentLength);
            var view = (await client.Group.GetVirtualMachine("linux-vm").Value.InstanceViewAsync()).Value;
            Assert.Contains("OSState/generalized", view.Statuses.Select(status => status.Code));
            Assert.Contains("PowerState/deallocated", view.Statuses.Select(status => status.Code));
        }
    }

    private static async Task<DateTimeOffset?> Created(SandboxClient client)
        => (await client.Group.GetGenericResourcesAsync("name eq 'free-nic'", "createdTime").SingleAsync()).Data.CreatedOn;

    [Fact]
    public async Task A_lock_holds_in_the_next_cloud_too()
    {
        const string Disk = "/providers/Microsoft.Compute/disks/win-vm_DataDisk_0";
        using (var client = Open())
        {
            using var made = await client.SendJson(
                "PUT", client.GroupPath + Disk + "/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01", """{"properties":{"level":"CanNotDelete"}}""");
            Assert.True(made.IsSuccessStatusCode);
        }

        using (var client = Open())
        {
            using var refused = await client.Send("DELETE", client.GroupPath + Disk + "?api-version=2023-04-02");
            Assert.Equal("ScopeLocked", await SandboxClient.ErrorCode(refused));
        }
    }

    [Fact]
    public async Task Roles_denials_and_policies_hold_in_the_next_cloud_too()
    {
        using (var client = Open())
        {
            client.Cloud.Access.Restrict(new SandboxRole("/", ["*"]) { NotActions = ["Microsoft.Compute/images/delete"] });
            client.Cloud.Access.Deny("Microsoft.Compute/snapshots/write");
            client.Cloud.Access.Assign(new SandboxPolicy("no-sets") { DisallowedTypes = ["Microsoft.Compute/diskEncryptionSets"], AllowedLocations = ["westeurope"] });
        }

        using (var client = Open())
        {
            var access = client.Cloud.Access;
            Assert.Equal(["Microsoft.Compute/images/delete"], Assert.Single(access.Roles!).NotActions);
            Assert.Equal(["Microsoft.Compute/snapshots/write"], Assert.Single(access.Denials).Actions);
            var policy = Assert.Single(access.Policies);
            Assert.Equal(("no-sets", "Microsoft.Compute/diskEncryptionSets", "westeurope"), (policy.Name, Assert.Single(policy.DisallowedTypes), Assert.Single(policy.AllowedLocations)));
            using var refused = await client.Send("DELETE", client.GroupPath + "/providers/Microsoft.Compute/images/any?api-version=2023-07-01");
            Assert.Equal("AuthorizationFailed", await SandboxClient.ErrorCode(refused));
            access.Reset();
        }

        using (var client = Open())
        {
            Assert.Null(client.Cloud.Access.Roles);
            Assert.Empty(client.Cloud.Access.Denials.Concat<object>(client.Cloud.Access.Policies));
        }
    }

    [Fact]
    public async Task A_run_command_writes_its_outputs_where_it_did_in_the_next_cloud_too()
    {
        var errors = "";
        for (var run = 0; run < 2; run++)
        {
            using var client = Open();
            var machine = new MachineClient(client, "win-vm");
            client.Cloud.SetGuestFate(machine.Id, GuestFate.FailsOnAppPackage);
            var properties = new JsonObject { ["timeoutInSeconds"] = 600 };
            if (run == 0)
            {
                errors = client.Cloud.CreateBlobSas("sandboximages", "vhds", "errors.txt", "racw", DateTimeOffset.UtcNow.AddHours(1)).AbsoluteUri;
                properties["errorBlobUri"] = errors;
                properties["source"] = new JsonObject { ["script"] = "# AzImageTools guest script: sysprep 1" };
            }

            await machine.Do(run == 0 ? "PUT" : "PATCH", "/runCommands/one", new JsonObject { ["location"] = "westeurope", ["properties"] = properties });
            using var written = await client.SendAs(null, "GET", errors);
            Assert.Equal(run + 2, (await written.Content.ReadAsStringAsync()).Split("was installed for a user").Length);
        }
    }

    [Fact]
    public async Task What_is_kept_is_the_same_after_it_was_read()
    {
        using (var client = Open())
        {
            client.PageBlob("disk.vhd").Create(1 << 20);
            client.PageBlob("disk.vhd").CreateSnapshot();
            var machine = (await client.Group.GetVirtualMachineAsync("linux-vm")).Value;
            client.Cloud.SetGuestFate(machine.Id.ToString(), GuestFate.AgentDies);
            await SandboxClient.Finish(await machine.RestartAsync(WaitUntil.Started));
            var terms = $"/subscriptions/{client.Cloud.SubscriptionId}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/cognosys/offers/rocky-linux-9/plans/rocky-linux-9/agreements/current?api-version=2021-01-01";
            var document = await SandboxClient.Json(await client.Send("GET", terms));
            document["properties"]!["accepted"] = true;
            using var accepted = await client.SendJson("PUT", terms, document.ToJsonString());
            Assert.True(accepted.IsSuccessStatusCode);
        }

        var kept = File.ReadAllText(StateJson);
        Assert.Contains("rocky-linux-9", kept);
        Assert.Contains("\"guestFates\":{", kept);
        Assert.Contains("\"Serial\":[\"", kept);
        Assert.Contains("\"IsAgentReady\":false", kept);
        using (Open())
        {
        }

        Assert.Equal(kept, File.ReadAllText(StateJson));
        Assert.DoesNotContain("state.json.new", Directory.GetFiles(State).Select(Path.GetFileName));
    }

    [Fact]
    public void A_deleted_blobs_file_goes_once_nothing_tells_of_it()
    {
        using (var client = Open())
        {
            client.PageBlob("gone.vhd").Create(512);
            client.PageBlob("gone.vhd").Delete();
        }

        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(State, "pages")), path => path.EndsWith("gone.vhd", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_identity_of_a_kept_cloud_goes_before_the_options()
    {
        using (Open())
        {
        }

        using var client = new SandboxClient(new SandboxOptions { StateFolder = State, SubscriptionId = "00000000-0000-4000-8000-000000000009", Location = "eastus" });
        Assert.Equal(("5a4db0c5-0000-4000-8000-000000000001", "westeurope"), (client.Cloud.SubscriptionId, client.Cloud.Location));
        Assert.Equal("sandbox-rg", (await client.Group.GetAsync()).Value.Data.Name);
    }

    [Fact]
    public void One_cloud_at_a_time_works_in_a_folder()
    {
        using var first = Open();
        var refused = Assert.Throws<SandboxStateException>(() => new SandboxCloud(new SandboxOptions { StateFolder = State }));
        Assert.Equal((SandboxStateProblem.InUse, State), (refused.Problem, refused.Path));
        Assert.Contains("Another sandbox works in", refused.Message);
    }

    [Fact]
    public async Task A_change_is_written_soon_and_what_a_killed_process_leaves_can_always_be_read()
    {
        using var client = Open();
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(4));
        var writer = Task.Run(async () =>
        {
            for (var number = 0; !end.IsCancellationRequested; number++)
            {
                var blob = client.PageBlob($"disk{number}.vhd");
                await blob.CreateAsync(1 << 20);
                await blob.UploadPagesAsync(new MemoryStream(new byte[512]), 512 * (number % 100));
                if (number > 3)
                {
                    await client.PageBlob($"disk{number - 3}.vhd").DeleteAsync();
                }
            }
        });

        // What lies in the folder at any moment is what would be left there.
        var most = 0;
        for (var round = 0; !writer.IsCompleted; round++)
        {
            await Task.Delay(150);
            var left = Path.Combine(_folder.FullName, "left" + round);
            if (!Copy(State, left))
            {
                continue;
            }

            using var next = new SandboxClient(new SandboxOptions { StateFolder = left });
            most = Math.Max(most, (await next.Blobs.GetBlobContainerClient("vhds").GetBlobsAsync(new GetBlobsOptions()).Select(item => item.Name)).Count);
        }

        await writer;
        Assert.True(most > 0, "Nothing was written while the cloud was in use.");
    }

    [Fact]
    public async Task An_operation_is_brought_to_its_end_with_the_cloud_and_has_failed_where_the_process_was_killed()
    {
        var left = Path.Combine(_folder.FullName, "left");
        string poll;
        using (var client = Open())
        {
            var disk = new ManagedDiskData("westeurope") { CreationData = new DiskCreationData(DiskCreateOption.Empty), DiskSizeGB = 1 };
            var operation = await client.Group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, "new", disk);
            poll = operation.GetRawResponse().Headers.TryGetValue("Azure-AsyncOperation", out var address) ? new Uri(address).PathAndQuery : "";
            for (var polls = 0; !File.Exists(StateJson) || !(await File.ReadAllTextAsync(StateJson)).Contains("isUnderWay", StringComparison.Ordinal); polls++)
            {
                Assert.True(polls < 200, "The operation is not noted.");
                await Task.Delay(20);
            }

            Assert.True(Copy(State, left));
            await client.PageBlob("source.vhd").CreateAsync(1 << 20);
            await client.PageBlob("copied.vhd").StartCopyFromUriAsync(client.PageBlob("source.vhd").Uri);
        }

        using (var client = Open())
        {
            Assert.Equal(CopyStatus.Success, (await client.PageBlob("copied.vhd").GetPropertiesAsync()).Value.CopyStatus);
            Assert.Equal("Succeeded", (await client.Group.GetManagedDiskAsync("new")).Value.Data.ProvisioningState);
            Assert.Equal("Succeeded", (await SandboxClient.Json(await client.Send("GET", poll)))["status"]!.GetValue<string>());
        }

        using (var client = new SandboxClient(new SandboxOptions { StateFolder = left }))
        {
            Assert.Equal("Failed", (await client.Group.GetManagedDiskAsync("new")).Value.Data.ProvisioningState);
            Assert.Equal("Failed", (await SandboxClient.Json(await client.Send("GET", poll)))["status"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_group_whose_deletion_a_killed_process_left_is_still_there_and_can_be_deleted()
    {
        var left = Path.Combine(_folder.FullName, "left");
        using (var client = Open())
        {
            using var deleting = await client.Send("DELETE", client.GroupPath + "?api-version=2021-04-01");
            for (var polls = 0; !File.Exists(StateJson) || !(await File.ReadAllTextAsync(StateJson)).Contains("Deleting", StringComparison.Ordinal); polls++)
            {
                Assert.True(polls < 200, "The deletion is not noted.");
                await Task.Delay(20);
            }

            Assert.True(Copy(State, left));
        }

        using (var client = new SandboxClient(new SandboxOptions { StateFolder = left }))
        {
            var group = (await client.Group.GetAsync()).Value;
            Assert.Equal("Succeeded", group.Data.ResourceGroupProvisioningState);
            Assert.Equal("Succeeded", (await client.Group.GetVirtualMachineAsync("linux-vm")).Value.Data.ProvisioningState);
            var operation = await group.DeleteAsync(WaitUntil.Started);
            for (var polls = 0; !operation.HasCompleted; polls++)
            {
                await SandboxClient.Pause(polls);
                await operation.UpdateStatusAsync();
            }

            using var gone = await client.Send("GET", client.GroupPath + "?api-version=2021-04-01");
            Assert.Equal(System.Net.HttpStatusCode.NotFound, gone.StatusCode);
        }
    }

    private static bool Copy(string from, string to)
    {
        if (!File.Exists(Path.Combine(from, "state.json")))
        {
            return false;
        }

        // The state first: what it tells of stays until a later state is written, and is not read again before that.
        Directory.CreateDirectory(Path.Combine(to, "pages"));
        File.Copy(Path.Combine(from, "state.json"), Path.Combine(to, "state.json"));
        foreach (var file in Directory.GetFiles(Path.Combine(from, "pages")))
        {
            try
            {
                using var made = File.Create(Path.Combine(to, "pages", Path.GetFileName(file)));
                made.SetLength(new FileInfo(file).Length);
            }
            catch (FileNotFoundException)
            {
                return false;
            }
        }

        // A state was written meanwhile: the copy is of no single moment.
        return File.ReadAllBytes(Path.Combine(from, "state.json")).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(to, "state.json")));
    }

    private static async Task<string> Grant(SandboxClient client)
    {
        var data = new SnapshotData("westeurope") { CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = new(client.GroupPath + "/providers/Microsoft.Compute/disks/linux-vm_OsDisk_1") } };
        var snapshot = await SandboxClient.Finish(await client.Group.GetSnapshots().CreateOrUpdateAsync(WaitUntil.Started, "s", data));
        return (await SandboxClient.Finish(await snapshot.GrantAccessAsync(WaitUntil.Started, new GrantAccessData(AccessLevel.Read, 3600)))).AccessSas;
    }

    private SandboxClient Open()
    {
        return new SandboxClient(new SandboxOptions { StateFolder = State });
    }
}
