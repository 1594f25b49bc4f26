using AzImageTools.Services.Session;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Capture;

public sealed class ResourceNamesTests
{
    [Theory]
    [InlineData("web-01_a.b")]
    [InlineData("group(1)")]
    public void A_plain_name_is_taken(string name) => Assert.Equal(name, ResourceNames.Require(name, "image"));

    [Theory]
    [InlineData(null, "NameMissing")]
    [InlineData(" ", "NameMissing")]
    [InlineData("a/../../b", "NameInvalid")]
    [InlineData("a?b", "NameInvalid")]
    [InlineData("a b", "NameInvalid")]
    [InlineData("a.", "NameInvalid")]
    [InlineData("%2e", "NameInvalid")]
    public void A_name_that_would_change_the_request_s_path_is_refused(string? name, string errorId)
        => Assert.Equal(errorId, Assert.Throws<ImageServiceException>(() => ResourceNames.Require(name, "image")).ErrorId);

    [Theory]
    [InlineData("image definition", "the name of an image definition")]
    [InlineData("resource group", "the name of a resource group")]
    public void The_error_is_a_sentence_about_what_was_to_be_named(string what, string words)
        => Assert.Contains(words, Assert.Throws<ImageServiceException>(() => ResourceNames.Require("a/b", what)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("nonsense")]
    [InlineData("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Compute/disks/d")]
    [InlineData("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g")]
    public void An_id_of_another_type_is_refused(string id)
        => Assert.Equal("ResourceIdInvalid", Assert.Throws<ImageServiceException>(() => ResourceNames.RequireId(id, VirtualMachineResource.ResourceType, "virtual machine")).ErrorId);
}
