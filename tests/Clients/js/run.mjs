// Azure's SDK for JavaScript against the sandbox's host: its own sign-in, paging, pollers and deserialization.
//
//     node run.mjs LOG NODE_MODULES     with what the host printed, and AZURE_CLIENT_SECRET, in the environment
//
// LOG is the file that the host writes (--log). Prints a line for each call; ends with 1 where one differs.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [log, modules] = process.argv.slice(2);
const require = createRequire(path.join(modules, 'any.js'));
const { ComputeManagementClient } = require('@azure/arm-compute');
const { ClientSecretCredential, DefaultAzureCredential, ManagedIdentityCredential } = require('@azure/identity');
const { BlobServiceClient, PageBlobClient } = require('@azure/storage-blob');

const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_CLIENT_SECRET: secret, AZURE_SUBSCRIPTION_ID: subscription } = process.env;
const credential = new ClientSecretCredential(tenant, client, secret);
const compute = new ComputeManagementClient(credential, subscription, { retryOptions: { maxRetries: 0 } });
const storage = new BlobServiceClient('https://sandboximages.blob.core.windows.net', credential, { retryOptions: { maxTries: 1 } });
const group = 'sandbox-rg';
const location = 'westeurope';
const hurry = { updateIntervalInMs: 20 };
const idOf = (type, ...names) => `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/${type.split('/').map((part, at) => `${part}/${names[at]}`).join('/')}`;

let calls = 0;
let differences = 0;
let seen = 0;

/** The requests since it was last asked, as "METHOD last-segments status"; sign-in and polls are left out. */
function requests() {
    const lines = readFileSync(log, 'utf8').split('\n').filter(line => line.length > 0 && !line.includes(' # '));
    const fresh = lines.slice(seen);
    seen = lines.length;
    return fresh.map(line => line.split(' ')).filter(words => !words[2].startsWith('login.') && !/operations\//i.test(words[3]))
        .map(([, method, , path, , status]) => `${method} ${path.split('/').slice(-2).join('/')} ${status}`);
}

async function call(title, body, expectedRequests) {
    calls++;
    requests();
    const start = Date.now();
    try {
        await body();
        const made = requests();
        if (expectedRequests) {
            assert.deepEqual(made, expectedRequests);
        }
        console.log(`ok       ${((Date.now() - start) / 1000).toFixed(1)} s  ${title}`);
    } catch (error) {
        requests();
        differences++;
        console.log(`differs  ${((Date.now() - start) / 1000).toFixed(1)} s  ${title}\n    ${String(error.message ?? error).replaceAll('\n', '\n    ')}`);
    }
}

/** A call that Azure refuses, with the status and code that the SDK reads from it. */
function refused(title, status, code, body) {
    return call(`refused: ${title}`, async () => {
        await assert.rejects(body, error => {
            assert.equal(`${error.statusCode} ${error.code ?? error.details?.errorCode}`, `${status} ${code}`, error.message);
            return true;
        });
    });
}

async function all(pages) {
    const items = [];
    for await (const item of pages) {
        items.push(item);
    }
    return items;
}

const names = items => items.map(item => item.name).sort();

/** A fixed VHD's footer for a disk of this many bytes. */
function footer(size) {
    const bytes = Buffer.alloc(512);
    bytes.write('conectix', 0, 'latin1');
    bytes.writeUInt32BE(2, 8);
    bytes.writeUInt32BE(0x10000, 12);
    bytes.fill(0xff, 16, 24);
    bytes.write('made', 28, 'latin1');
    bytes.writeBigUInt64BE(BigInt(size), 40);
    bytes.writeBigUInt64BE(BigInt(size), 48);
    bytes.writeUInt32BE(2, 60);
    randomBytes(16).copy(bytes, 68);
    bytes.writeUInt32BE(~bytes.reduce((sum, byte) => sum + byte, 0) >>> 0, 64);
    return bytes;
}

// Sign-in
await call('a token by secret', async () => assert.ok((await credential.getToken('https://management.azure.com/.default')).token));
await call('a token by the environment', async () => assert.ok((await new DefaultAzureCredential().getToken('https://management.azure.com/.default')).token));
await call('a token by a machine\'s identity', async () => assert.ok((await new ManagedIdentityCredential().getToken('https://management.azure.com/.default')).token));
requests();

// Machines
await call('machines, page by page', async () => assert.deepEqual(names(await all(compute.virtualMachines.list(group))), ['linux-vm', 'tl-vm', 'win-vm']),
    ['GET Microsoft.Compute/virtualMachines 200', 'GET Microsoft.Compute/virtualMachines 200']);
await call('a machine', async () => {
    const machine = await compute.virtualMachines.get(group, 'win-vm');
    assert.equal(machine.storageProfile.osDisk.name, 'win-vm_OsDisk_1');
    assert.equal(machine.storageProfile.dataDisks.length, 1);
}, ['GET virtualMachines/win-vm 200']);
await call('an instance view', async () => {
    const view = await compute.virtualMachines.instanceView(group, 'win-vm');
    assert.ok(view.statuses.some(status => status.code === 'PowerState/running'));
    assert.ok(view.statuses.every(status => !status.time || status.time instanceof Date));
});
await call('restart', () => compute.virtualMachines.beginRestartAndWait(group, 'win-vm', hurry), ['POST win-vm/restart 202']);
await call('run command', async () => {
    const result = await compute.virtualMachines.beginRunCommandAndWait(group, 'win-vm', { commandId: 'RunPowerShellScript', script: ['hostname'] }, hurry);
    assert.ok(result.value.some(status => status.code.startsWith('ComponentStatus/StdOut')));
});
await call('power off', () => compute.virtualMachines.beginPowerOffAndWait(group, 'linux-vm', hurry), ['POST linux-vm/powerOff 202']);
await call('deallocate', () => compute.virtualMachines.beginDeallocateAndWait(group, 'linux-vm', hurry), ['POST linux-vm/deallocate 202']);
await call('generalize', () => compute.virtualMachines.generalize(group, 'linux-vm'), ['POST linux-vm/generalize 200']);
await refused('starting a generalized machine', 409, 'OperationNotAllowed', () => compute.virtualMachines.beginStartAndWait(group, 'linux-vm', hurry));

// Disks
await call('a disk', async () => {
    const disk = await compute.disks.beginCreateOrUpdateAndWait(group, 'js-disk', { location, sku: { name: 'Premium_LRS' }, creationData: { createOption: 'Empty' }, diskSizeGB: 4 }, hurry);
    assert.equal(disk.provisioningState, 'Succeeded');
    assert.equal(disk.diskSizeGB, 4);
    assert.ok(disk.timeCreated instanceof Date);
});
await call('its size', async () => assert.equal((await compute.disks.beginUpdateAndWait(group, 'js-disk', { diskSizeGB: 8 }, hurry)).diskSizeGB, 8));
const size = 20 << 20;
let sas;
await call('a disk for upload', () => compute.disks.beginCreateOrUpdateAndWait(
    group, 'js-upload', { location, osType: 'Linux', hyperVGeneration: 'V2', sku: { name: 'Standard_LRS' }, creationData: { createOption: 'Upload', uploadSizeBytes: size + 512 } }, hurry));
await call('its address', async () => {
    sas = (await compute.disks.beginGrantAccessAndWait(group, 'js-upload', { access: 'Write', durationInSeconds: 3600 }, hurry)).accessSAS;
    assert.match(sas, /^https:\/\/md-/);
});
const content = randomBytes(4 << 20);
await call('its pages', async () => {
    const blob = new PageBlobClient(sas);
    await blob.uploadPages(content, 0, content.length);
    await blob.uploadPages(footer(size), size, 512);
});
await call('its end', () => compute.disks.beginRevokeAccessAndWait(group, 'js-upload', hurry), ['POST js-upload/endGetAccess 202']);
await call('its content', async () => {
    const read = (await compute.disks.beginGrantAccessAndWait(group, 'js-upload', { access: 'Read', durationInSeconds: 3600 }, hurry)).accessSAS;
    assert.ok((await new PageBlobClient(read).downloadToBuffer(0, content.length)).equals(content));
    await compute.disks.beginRevokeAccessAndWait(group, 'js-upload', hurry);
});
await call('disks, page by page', async () => assert.ok(names(await all(compute.disks.listByResourceGroup(group))).length >= 6));

// Snapshots
await call('a snapshot', async () => {
    const snapshot = await compute.snapshots.beginCreateOrUpdateAndWait(
        group, 'js-snapshot', { location, incremental: true, creationData: { createOption: 'Copy', sourceResourceId: idOf('disks', 'win-vm_OsDisk_1') } }, hurry);
    assert.equal(snapshot.hyperVGeneration, 'V2');
});
await call('a copy that takes time', async () => {
    await compute.snapshots.beginCreateOrUpdateAndWait(
        group, 'js-copy', { location: 'northeurope', incremental: true, creationData: { createOption: 'CopyStart', sourceResourceId: idOf('snapshots', 'js-snapshot') } }, hurry);
    let copy;
    for (let polls = 0; polls < 100 && copy?.completionPercent !== 100; polls++) {
        copy = await compute.snapshots.get(group, 'js-copy');
    }
    assert.equal(copy.completionPercent, 100);
});

// Blobs
const container = storage.getContainerClient('from-js');
await call('a container', async () => {
    await container.create();
    assert.ok((await all(storage.listContainers())).some(found => found.name === 'from-js'));
});
const page = container.getPageBlobClient('folder/disk 1.vhd');
await call('a page blob', async () => {
    await page.create(size + 512);
    await page.uploadPages(content, 0, content.length);
    await page.uploadPages(footer(size), size, 512);
    assert.equal((await page.getProperties()).contentLength, size + 512);
    assert.ok((await page.downloadToBuffer(0, content.length)).equals(content));
    const ranges = await page.getPageRanges();

    // The SDK counts up to the last byte and not beyond it.
    assert.deepEqual(ranges.pageRange.map(range => [range.offset, range.count + 1]), [[0, content.length], [size, 512]]);
});
await call('a block blob, in one and in many blocks', async () => {
    const block = container.getBlockBlobClient('text');
    await block.upload('hello', 5);
    await block.uploadData(content, { blockSize: 1 << 20, maxSingleShotSize: 1 << 20 });
    assert.ok((await block.downloadToBuffer()).equals(content));
});
await call('blobs, page by page', async () => assert.deepEqual(names(await all(container.listBlobsFlat())), ['folder/disk 1.vhd', 'text']));
await refused('a blob that is not there', 404, 'BlobNotFound', () => container.getBlobClient('none').download());
await refused('a page that is none', 416, 'InvalidPageRange', () => page.uploadPages(content, 1, 512));
await refused('a container\'s second making', 409, 'ContainerAlreadyExists', () => container.create());

// Images
await call('an image of a machine', async () => {
    const image = await compute.images.beginCreateOrUpdateAndWait(group, 'js-image', { location, hyperVGeneration: 'V2', sourceVirtualMachine: { id: idOf('virtualMachines', 'linux-vm') } }, hurry);
    assert.equal(image.storageProfile.osDisk.osType, 'Linux');
    assert.equal(image.storageProfile.osDisk.osState, 'Generalized');
});
await call('an image of a blob', () => compute.images.beginCreateOrUpdateAndWait(
    group, 'js-blob-image', { location, hyperVGeneration: 'V1', storageProfile: { osDisk: { osType: 'Linux', osState: 'Generalized', blobUri: page.url } } }, hurry));
await call('images', async () => assert.deepEqual(names(await all(compute.images.listByResourceGroup(group))), ['js-blob-image', 'js-image']));
await refused('an image of a machine that is not generalized', 409, 'OperationNotAllowed', () => compute.images.beginCreateOrUpdateAndWait(
    group, 'js-refused', { location, hyperVGeneration: 'V2', sourceVirtualMachine: { id: idOf('virtualMachines', 'win-vm') } }, hurry));

// Galleries
await call('a gallery', async () => assert.equal((await compute.galleries.beginCreateOrUpdateAndWait(group, 'jsGallery', { location }, hurry)).provisioningState, 'Succeeded'));
await call('a definition', () => compute.galleryImages.beginCreateOrUpdateAndWait(
    group, 'jsGallery', 'linux', { location, osType: 'Linux', osState: 'Generalized', hyperVGeneration: 'V2', identifier: { publisher: 'Js', offer: 'Linux', sku: 'g2' } }, hurry));
await call('a version in two regions', async () => {
    const version = await compute.galleryImageVersions.beginCreateOrUpdateAndWait(group, 'jsGallery', 'linux', '1.0.0', {
        location,
        storageProfile: { source: { id: idOf('images', 'js-image') } },
        publishingProfile: { targetRegions: [{ name: 'westeurope', regionalReplicaCount: 1 }, { name: 'northeurope', regionalReplicaCount: 1 }] },
    }, hurry);
    assert.equal(version.provisioningState, 'Succeeded');
    assert.ok(version.publishingProfile.publishedDate instanceof Date);
});
await call('its replication', async () => {
    const version = await compute.galleryImageVersions.get(group, 'jsGallery', 'linux', '1.0.0', { expand: 'ReplicationStatus' });
    assert.equal(version.replicationStatus.aggregatedState, 'Completed');
    assert.equal(version.replicationStatus.summary.length, 2);
});
await call('versions', async () => assert.deepEqual(names(await all(compute.galleryImageVersions.listByGalleryImage(group, 'jsGallery', 'linux'))), ['1.0.0']));
await refused('a gallery with definitions', 409, 'CannotDeleteResource', () => compute.galleries.beginDeleteAndWait(group, 'jsGallery', hurry));

// The Marketplace
await call('publishers', async () => assert.ok((await compute.virtualMachineImages.listPublishers(location)).some(publisher => publisher.name === 'Canonical')));
await call('an image of the Marketplace', async () => {
    const [newest] = await compute.virtualMachineImages.list(location, 'Canonical', 'ubuntu-24_04-lts', 'server', { top: 1, orderby: 'name desc' });
    assert.equal((await compute.virtualMachineImages.get(location, 'Canonical', 'ubuntu-24_04-lts', 'server', newest.name)).osDiskImage.operatingSystem, 'Linux');
});
await call('sizes, page by page', async () => assert.ok((await all(compute.resourceSkus.list({ filter: `location eq '${location}'` }))).some(sku => sku.name === 'Standard_D2s_v5')));

// Refusals
await refused('a region that is none', 400, 'LocationNotAvailableForResourceType', () => compute.disks.beginCreateOrUpdateAndWait(
    group, 'js-refused', { location: 'atlantis', creationData: { createOption: 'Empty' }, diskSizeGB: 4 }, hurry));
await refused('a group that is none', 404, 'ResourceGroupNotFound', () => compute.disks.get('no-such-rg', 'any'));
await refused('a disk that is none', 404, 'ResourceNotFound', () => compute.disks.get(group, 'none'));
await refused('a disk in use', 409, 'OperationNotAllowed', () => compute.disks.beginDeleteAndWait(group, 'win-vm_OsDisk_1', hurry));

// The end
await call('deleting a version', () => compute.galleryImageVersions.beginDeleteAndWait(group, 'jsGallery', 'linux', '1.0.0', hurry), ['DELETE versions/1.0.0 202']);
await call('deleting a definition', () => compute.galleryImages.beginDeleteAndWait(group, 'jsGallery', 'linux', hurry), ['DELETE images/linux 202']);
await call('deleting a gallery', () => compute.galleries.beginDeleteAndWait(group, 'jsGallery', hurry), ['DELETE galleries/jsGallery 202']);
await call('deleting an image', () => compute.images.beginDeleteAndWait(group, 'js-image', hurry), ['DELETE images/js-image 202']);
await call('deleting a snapshot', () => compute.snapshots.beginDeleteAndWait(group, 'js-snapshot', hurry), ['DELETE snapshots/js-snapshot 202']);
await call('deleting a disk', () => compute.disks.beginDeleteAndWait(group, 'js-disk', hurry), ['DELETE disks/js-disk 202']);
await call('deleting what is gone', () => compute.disks.beginDeleteAndWait(group, 'js-disk', hurry), ['DELETE disks/js-disk 204']);
await call('deleting a machine', () => compute.virtualMachines.beginDeleteAndWait(group, 'win-vm', hurry), ['DELETE virtualMachines/win-vm 202']);

console.log(`${calls} calls, ${differences} differ`);
process.exit(differences > 0 ? 1 : 0);
