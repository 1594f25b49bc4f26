using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.TestKit;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Sandbox.Tests.Storage;

public sealed class DamagedStateTests : IDisposable
{
    private static readonly string[] Replacements = ["null", "7", "-1", "1e99", "\"\"", "\"../x\"", "[]", "{}", "[null]", "true", "9223372036854775807", "[3,1]"];

    private readonly TempFolder _folder = new();

    private string State => Path.Combine(_folder.FullName, "cloud");

    private string StateJson => Path.Combine(State, "state.json");

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"format\":\"AzImageTools.Sandbox\"")]
    [InlineData("{\"format\":\"AzImageTools.Sandbox\",\"version\":2}")]
    [InlineData("{\"format\":\"AzImageTools.Sandbox\",\"version\":\"1\"}")]
    public void A_state_that_can_not_be_read_is_one_clear_error_and_stays_as_it_is(string content)
    {
        Directory.CreateDirectory(State);
        File.WriteAllText(StateJson, content);
        var refused = Assert.Throws<SandboxStateException>(() => new SandboxCloud(new SandboxOptions { StateFolder = State }));
        Assert.Equal((SandboxStateProblem.Unreadable, StateJson), (refused.Problem, refused.Path));
        Assert.Equal(content, File.ReadAllText(StateJson));
    }

    [Fact]
    public void A_page_file_that_is_missing_is_named()
    {
        using (var client = Open())
        {
            client.PageBlob("disk.vhd").Create(512);
        }

        var missing = Directory.GetFiles(Path.Combine(State, "pages")).Single(path => path.EndsWith("-disk.vhd", StringComparison.Ordinal));
        File.Delete(missing);
        var refused = Assert.Throws<SandboxStateException>(() => new SandboxCloud(new SandboxOptions { StateFolder = State }));
        Assert.Equal(SandboxStateProblem.Unreadable, refused.Problem);
        Assert.Contains(Path.GetFileName(missing), refused.Message);
    }

    [Fact]
    public void A_state_with_any_value_replaced_is_read_or_refused()
    {
        using (var client = Open())
        {
            client.PageBlob("disk.vhd").Create(512);
            client.PageBlob("disk.vhd").CreateSnapshot();
            client.PageBlob("disk.vhd").GetBlobLeaseClient().Acquire(TimeSpan.FromSeconds(60));
        }

        var kept = JsonNode.Parse(File.ReadAllText(StateJson))!;
        var pages = Directory.GetFiles(Path.Combine(State, "pages"));
        var random = new Random(15);
        for (var round = 0; round < 300; round++)
        {
            var document = kept.DeepClone();
            var places = JsonPlaces.Of(document).ToList();
            places[random.Next(places.Count)](JsonNode.Parse(Replacements[random.Next(Replacements.Length)]));
            var other = Path.Combine(_folder.FullName, "round");
            Directory.CreateDirectory(Path.Combine(other, "pages"));
            File.WriteAllText(Path.Combine(other, "state.json"), document.ToJsonString());
            foreach (var page in pages)
            {
                File.WriteAllText(Path.Combine(other, "pages", Path.GetFileName(page)), "");
            }

            try
            {
                new SandboxCloud(new SandboxOptions { StateFolder = other }).Dispose();
            }
            catch (SandboxStateException refused)
            {
                Assert.Equal(SandboxStateProblem.Unreadable, refused.Problem);
            }

            Directory.Delete(other, recursive: true);
        }
    }

    private SandboxClient Open()
    {
        return new SandboxClient(new SandboxOptions { StateFolder = State });
    }
}
