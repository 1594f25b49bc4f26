using System.Net;

namespace AzImageTools.Sandbox.Tests.Recordings;

public sealed class RecordingsTests
{
    [Fact]
    public void Each_operation_stands_once_and_says_what_was_compared()
    {
        Assert.Equal(RecordingsTable.Rows.Count, RecordingsTable.Rows.Select(row => row.Operation).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(RecordingsTable.Rows, row => Assert.True(row.Compared.Length > 0 && row.Statuses.Length > 0 && (row.Source is null) == (row.Version.Length == 0), row.Operation));
    }

    [Fact]
    public void Every_type_that_is_served_has_rows()
    {
        using SandboxCloud cloud = new();
        var operations = RecordingsTable.Rows.Select(row => row.Operation).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var type in cloud.ResourceTypes)
        {
            var resource = type.Replace("/", "/{}/", StringComparison.Ordinal)["Microsoft.".Length..];
            resource = "Microsoft." + resource[..resource.IndexOf('/', StringComparison.Ordinal)] + resource[(resource.IndexOf("/{}", StringComparison.Ordinal) + 3)..];
            Assert.Contains("GET " + resource, operations);
            Assert.Contains("GET " + resource + "/{}", operations);
        }
    }

    [Theory]
    [InlineData("GET", "/subscriptions/s/resourceGroups/g", "GET /subscriptions/{}/resourceGroups/{}")]
    [InlineData("GET", "/subscriptions/s/providers/Microsoft.Compute", "GET /subscriptions/{}/providers/{}")]
    [InlineData("GET", "/subscriptions/s/providers/Microsoft.Compute/disks", "GET Microsoft.Compute/disks")]
    [InlineData("POST", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d/beginGetAccess", "POST Microsoft.Compute/disks/{}/beginGetAccess")]
    [InlineData("PUT", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d/providers/Microsoft.Authorization/locks/l", "PUT Microsoft.Authorization/locks/{}")]
    public void An_operation_is_named_by_what_is_asked(string method, string path, string operation)
    {
        Assert.Equal(operation, RecordedTraffic.OperationOf(method, new Uri("https://management.azure.com" + path)));
    }

    [Fact]
    public void What_differs_from_a_recording_is_found()
    {
        using HttpResponseMessage made = new(HttpStatusCode.Created);
        Assert.Contains("was answered with 201", RecordedTraffic.FindDifference("PUT Microsoft.Compute/disks/{}", made), StringComparison.Ordinal);
        Assert.Contains("has '' in Azure-AsyncOperation, and Azure has 'capsOperations'", RecordedTraffic.FindDifference("PUT Microsoft.Compute/galleries/{}", made), StringComparison.Ordinal);
        Assert.Contains("no row", RecordedTraffic.FindDifference("PUT Microsoft.Quantum/cats/{}", made), StringComparison.Ordinal);
        using HttpResponseMessage taken = new(HttpStatusCode.Accepted);
        taken.Headers.Add("Azure-AsyncOperation", "https://management.azure.com/subscriptions/s/providers/Microsoft.Compute/locations/l/DiskOperations/o?api-version=1");
        Assert.Contains("Location", RecordedTraffic.FindDifference("PUT Microsoft.Compute/disks/{}", taken), StringComparison.Ordinal);
    }
}
